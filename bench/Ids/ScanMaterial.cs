using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Bench.Ids;

/// <summary>
/// Strings of real rules and payloads of real packets, from the folder that <c>WEFT_DATA</c> names or <c>shared/data</c> beside
/// the repository; without them, words and text made from a seed.
/// </summary>
internal sealed class ScanMaterial
{
    private const int MaxBytes = 16 << 20;

    private ScanMaterial(List<(byte[] Bytes, bool NoCase)> patterns, byte[] data, int[] lengths) => (Patterns, Data, Lengths) = (patterns, data, lengths);

    public List<(byte[] Bytes, bool NoCase)> Patterns { get; }

    /// <summary>All records, one behind the other.</summary>
    public byte[] Data { get; }

    public int[] Lengths { get; }

    /// <summary>Where rules and captures of others lie; null if they are not there.</summary>
    public static string? Folder => Folders().FirstOrDefault(Directory.Exists);

    public static ScanMaterial Load(int patterns)
    {
        string? folder = Folder;
        var random = new Random(patterns);
        // Samples have three bytes at least; whoever wants all gets the short ones too.
        int shortest = patterns == int.MaxValue ? 1 : 3;
        List<(byte[] Bytes, bool)> all = folder is null ? MadeUpWords(random) : Contents(Path.Combine(folder, "et-open"));
        (byte[], bool)[] candidates = [.. all.Where(pattern => pattern.Bytes.Length >= shortest)];
        random.Shuffle(candidates);
        List<(byte[], bool)> chosen = [.. candidates.Take(patterns)];

        List<byte[]> records = folder is null ? MadeUpText(random) : Payloads(Path.Combine(folder, "suricata-verify"));
        return new ScanMaterial(chosen, [.. records.SelectMany(record => record)], [.. records.Select(record => record.Length)]);
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("WEFT_DATA") is string named)
        {
            yield return named;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "shared", "data");
        }
    }

    private static List<(byte[], bool)> Contents(string folder)
    {
        var contents = new Dictionary<string, (byte[], bool)>();
        foreach (string file in Directory.GetFiles(folder, "*.rules").Order(StringComparer.Ordinal))
        {
            // Rules over HTTP, DNS and TLS are not taken whole; their strings are as real as the others'.
            string text = string.Join('\n', File.ReadAllLines(file).SelectMany(Strings).Select((content, i) => $"alert ip any any -> any any (content:{content}; sid:{i + 1};)"));
            foreach (Content content in RuleParser.Parse(System.Text.Encoding.UTF8.GetBytes(text), RuleVariables.Default, []).Rules.SelectMany(rule => rule.Contents))
            {
                contents[Convert.ToHexString(content.Bytes) + content.NoCase] = (content.Bytes, content.NoCase);
            }
        }

        return [.. contents.Values];
    }

    private static IEnumerable<string> Strings(string rule)
    {
        const string Key = "content:";
        for (int at = rule.IndexOf(Key, StringComparison.Ordinal); at >= 0; at = rule.IndexOf(Key, at + 1, StringComparison.Ordinal))
        {
            int end = rule.IndexOf("\";", at, StringComparison.Ordinal);
            if (end > 0)
            {
                bool noCase = rule.AsSpan(end + 2).TrimStart().StartsWith("nocase;");
                yield return rule[(at + Key.Length)..(end + 1)].TrimStart('!') + (noCase ? "; nocase" : "");
            }
        }
    }

    private static List<byte[]> Payloads(string folder)
    {
        var records = new List<byte[]>();
        int bytes = 0;
        foreach (string file in Directory.GetFiles(folder, "*.pcap", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var reader = PcapReader.Open(file);
            while (bytes < MaxBytes && reader.TryRead(out PcapPacket packet))
            {
                if (packet.LinkType == LinkType.Ethernet && PacketLayout.TryParse(packet.Data, out PacketLayout layout) && layout.HasL4 && layout.PayloadOffset < layout.EndOffset)
                {
                    records.Add(packet.Data[layout.PayloadOffset..layout.EndOffset].ToArray());
                    bytes += records[^1].Length;
                }
            }
        }

        return records;
    }

    private static List<(byte[], bool)> MadeUpWords(Random random) =>
        [.. Enumerable.Range(0, 4000).Select(i => (Word(random, 4 + i % 16), i % 3 == 0))];

    private static List<byte[]> MadeUpText(Random random) => [.. Enumerable.Range(0, 16_000).Select(_ => Word(random, random.Next(40, 1460)))];

    private static byte[] Word(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => (byte)"etaoinshrdlu /.:=-0123456789ABCDEFGH\r\n\0"[random.Next(38)])];
}
