using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>A pattern under test.</summary>
public sealed record Needle(byte[] Bytes, bool NoCase)
{
    public override string ToString() => $"{Convert.ToHexString(Bytes)}{(NoCase ? " any case" : "")}";

    public static PatternSet Build(IEnumerable<Needle> needles, PatternSetOptions? options = null)
    {
        var builder = new PatternSetBuilder();
        foreach (Needle needle in needles)
        {
            builder.Add(needle.Bytes, needle.NoCase ? PatternFlags.NoCase : PatternFlags.None);
        }

        return builder.Build(options);
    }

    /// <summary>The naive search that everything is compared with: every pattern at every place.</summary>
    public static SortedSet<(int Pattern, long End)> Search(PatternSet set, ReadOnlySpan<byte> data)
    {
        var found = new SortedSet<(int, long)>();
        for (int pattern = 0; pattern < set.Count; pattern++)
        {
            ReadOnlySpan<byte> bytes = set.BytesOf(pattern);
            for (int start = 0; start + bytes.Length <= data.Length; start++)
            {
                int equal = 0;
                while (equal < bytes.Length && (data[start + equal] == bytes[equal]
                    || ((set.FlagsOf(pattern) & PatternFlags.NoCase) != 0 && data[start + equal] is >= (byte)'A' and <= (byte)'Z' && data[start + equal] + 32 == bytes[equal])))
                {
                    equal++;
                }

                if (equal == bytes.Length)
                {
                    found.Add((pattern, start + bytes.Length));
                }
            }
        }

        return found;
    }
}
