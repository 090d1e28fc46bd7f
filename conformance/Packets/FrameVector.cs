using Weft.Conformance.Support;

namespace Weft.Conformance.PacketsTests;

/// <summary>One entry of frames.txt: a sentence, a frame of scapy's and the fields that tshark reads from it.</summary>
public sealed record FrameVector(string Sentence, byte[] Frame, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The whole table.</summary>
    public static IReadOnlyList<FrameVector> All { get; } = Read(Repository.File("conformance/Packets/Vectors/frames.txt"));

    /// <summary>The sentences, for theories.</summary>
    public static TheoryData<string> Sentences => new(All.Select(vector => vector.Sentence));

    /// <summary>The entry with a sentence.</summary>
    public static FrameVector Named(string sentence) => All.Single(vector => vector.Sentence == sentence);

    /// <inheritdoc/>
    public override string ToString() => Sentence;

    private static List<FrameVector> Read(string path)
    {
        List<FrameVector> vectors = [];
        foreach (string entry in File.ReadAllText(path).Split("\n\n").Skip(1))
        {
            string[] lines = entry.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Dictionary<string, string> fields = lines.Skip(2).Select(line => line.Split(" = ")).ToDictionary(pair => pair[0], pair => pair[1]);
            vectors.Add(new FrameVector(lines[0], Convert.FromHexString(lines[1]), fields));
        }

        return vectors;
    }
}
