using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Pcap;

namespace Weft.Conformance.IdsTests;

/// <summary>The scanner beside Hyperscan: real strings in real packets, the same number of matches and the same sum over them.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class HyperscanTests(ITestOutputHelper output)
{
    private const int MostBytes = 1 << 21;

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(200)]
    [InlineData(2000)]
    [InlineData(5000)]
    public void As_many_matches_in_the_same_places(int count)
    {
        Hyperscan.Need();
        Needle[] needles = [.. Strings().Take(count)];
        Assert.Equal(count, needles.Length);
        PatternSet set = Needle.Build(needles);
        Assert.Equal(count, set.Count);
        using var peer = new Hyperscan(needles);
        byte[] data = Packets();
        MatchSum expected = peer.Scan(data);
        output.WriteLine($"{count} strings, {set.Kinds}: {expected.Count} matches in {data.Length} bytes");
        Assert.Equal(expected, MatchSum.Of(set, data));
        Assert.True(count < 200 || expected.Count > 1000);
    }

    /// <summary>Strings of Emerging Threats' rules in a random order that is always the same.</summary>
    private static Needle[] Strings()
    {
        byte[] text = [.. Directory.GetFiles(OtherPeoplesData.Need("et-open"), "*.rules").Order(StringComparer.Ordinal).SelectMany(file => File.ReadAllBytes(file).Append((byte)'\n'))];
        RuleSet rules = RuleParser.Parse(text, RuleVariables.Default, new List<RuleDiagnostic>());
        Needle[] needles = [.. rules.Rules.SelectMany(rule => rule.Contents).Where(content => content.Bytes.Length > 1).DistinctBy(content => (Convert.ToHexString(content.Bytes), content.NoCase)).Select(content => new Needle(content.Bytes, content.NoCase))];
        new Random(5).Shuffle(needles);
        return needles;
    }

    private static byte[] Packets()
    {
        var data = new List<byte>();
        string folder = Path.Combine(OtherPeoplesData.Need("suricata-verify"), "tests");
        foreach (string capture in Directory.EnumerateFiles(folder, "*.pcap", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var reader = PcapReader.Open(capture);
            while (data.Count < MostBytes && reader.TryRead(out PcapPacket packet))
            {
                data.AddRange(packet.Data);
            }
        }

        return [.. data];
    }
}
