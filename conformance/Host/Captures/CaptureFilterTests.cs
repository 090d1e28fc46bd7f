using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Observe.Captures;
using Weft.Pcap;

namespace Weft.Conformance.HostTests;

/// <summary>Filters of captures, judged by tcpdump where the two speak the same language.</summary>
public sealed class CaptureFilterTests
{
    public static TheoryData<string, string> Expressions()
    {
        string[] files = ["kernel-tcp.pcap", "kernel-vxlan-ipv4.pcap", "kernel-igmp-mld.pcap", "kernel-fragments.pcap", "kernel-icmp-errors.pcap", "linux-bridge.pcap", "keepalived-vrrp.pcap", "strongswan-esp-gcm.pcap", "frr-bfd.pcap"];
        string[] expressions =
        [
            "ip", "ip6", "arp", "not ip", "tcp", "udp", "icmp", "icmp6", "igmp", "ip proto 112", "ether proto 0x0806", "broadcast", "multicast",
            "host 10.0.0.1", "src host 10.0.0.1", "dst net 10.0.0.0/8", "net 192.168.0.0/16 or net 10.0.0.0/9", "net 224.0.0.0/4", "src net fe80::/10", "host ff02::16",
            "port 4789", "udp port 4789", "tcp src port 80", "udp dst port 3784", "portrange 1000-40000", "tcp portrange 1-65535 and not src port 22",
            "less 80", "greater 200", "ip and less 100 and not (udp or tcp)", "not arp and not icmp6 && greater 60", "! ip6 || udp",
            "ether src host 02:00:00:00:00:01", "ether dst host ff:ff:ff:ff:ff:ff",
        ];
        var data = new TheoryData<string, string>();
        foreach (string expression in expressions)
        {
            data.Add(expression, string.Join(' ', files));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Expressions))]
    [Trait(Kind.Key, Kind.Corpus)]
    public void The_same_frames_fit_as_with_tcpdump(string expression, string files)
    {
        LiveRequirements.NeedPrograms("tcpdump", "bash");
        CaptureFilter filter = CaptureFilter.Parse(expression);
        // Behind the tag of a VLAN and behind extension headers ours sees more, by intention.
        string everywhere = $"({expression}) and not (ip6 and (ip6[6] == 0 or ip6[6] == 44 or ip6[6] == 60)) and not vlan";
        string output = Command.Run(TimeSpan.FromSeconds(60), "bash", "-c", $"cd '{Corpus.Folder}' && for file in {files}; do tcpdump -r $file --count '{everywhere}' 2>/dev/null | cut -d' ' -f1; done").Required().Output;

        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse), files.Split(' ').Select(file => Count(Path.Combine(Corpus.Folder, file), filter)));
    }

    [Theory]
    [InlineData("", "The filter ends where a word is missing.")]
    [InlineData("host", "The filter ends where a word is missing.")]
    [InlineData("host nobody", "'nobody' is no address such as 192.0.2.1.")]
    [InlineData("port 70000", "'70000' is no number from 0 to 65535.")]
    [InlineData("(tcp", "The filter ends where a word is missing.")]
    [InlineData("tcp udp", "The filter does not go on with 'udp'.")]
    [InlineData("tcp host 10.0.0.1", "The filter does not go on with 'host'.")]
    [InlineData("gateway x", "The filter does not go on with 'gateway'.")]
    [InlineData("ether host 1:2", "'1:2' is no MAC address such as 02:00:00:00:00:01.")]
    [InlineData("net 10.0.0.0/33", "'33' is no number from 0 to 32.")]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_is_no_filter_is_refused_with_the_word_that_was_not_expected(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => CaptureFilter.Parse(text)).Message);

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Deep_and_long_filters_are_refused()
    {
        Assert.Throws<FormatException>(() => CaptureFilter.Parse(new string('(', 40) + "tcp" + new string(')', 40)));
        Assert.Throws<FormatException>(() => CaptureFilter.Parse(new string(' ', 2000) + "tcp"));
        Assert.Throws<FormatException>(() => CaptureFilter.Parse(string.Concat(Enumerable.Repeat("! ", 200)) + "tcp"));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_frame_and_no_text_does_more_than_fit_or_not()
    {
        CaptureFilter[] filters = [.. Expressions().Select(row => CaptureFilter.Parse(row.Data.Item1))];
        Prop.ForAll<byte[]>(frame => Array.ForEach(filters, filter => _ = filter.Matches(frame))).Check(Chance.Of(500));
        Prop.ForAll<string>(text =>
        {
            try
            {
                _ = CaptureFilter.Parse(text ?? "");
            }
            catch (FormatException)
            {
                // The only answer to what is no filter.
            }
        }).Check(Chance.Of(500));
    }

    private static int Count(string path, CaptureFilter filter)
    {
        const int NextHeader = 14 + 6;
        CaptureFilter untagged = CaptureFilter.Parse("not vlan"), ip6 = CaptureFilter.Parse("ip6");
        using PcapReader reader = PcapReader.Open(path);
        Assert.True(reader.TryReadHeader());
        int count = 0;
        while (reader.TryRead(out PcapPacket packet))
        {
            bool hasExtension = packet.Data.Length > NextHeader && ip6.Matches(packet.Data) && packet.Data[NextHeader] is 0 or 44 or 60;
            count += !hasExtension && untagged.Matches(packet.Data) && filter.Matches(packet.Data) ? 1 : 0;
        }

        return count;
    }
}
