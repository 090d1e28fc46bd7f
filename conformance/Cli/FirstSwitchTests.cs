using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;
using Weft.Pcap;

namespace Weft.Conformance.CliTests;

/// <summary>The front door: one command replays captures of the kernel and of Open vSwitch through the switch.</summary>
public sealed class FirstSwitchTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void The_tables_tell_where_every_frame_went()
    {
        using var folder = new TemporaryFolder();

        CommandResult result = WeftProgram.RunFirstSwitch(folder.Path).Required();

        Golden.Equal("conformance/Cli/first-switch.expected", WithoutTimes(result.Output));
        Assert.Empty(result.Error);
        Assert.DoesNotContain('\x1b', result.Output);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_damaged_capture_is_played_up_to_the_damage_and_named_with_its_offset()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("cut.pcap"), File.ReadAllBytes(Repository.File("pcaps/linux-bridge.pcap"))[..1000]);

        CommandResult result = WeftProgram.RunFirstSwitch(folder.Path, "--set", $"ports[red-lan].read={folder.File("cut.pcap")}");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"  red-lan: {folder.File("cut.pcap")}: the file ends inside a record at byte 9", result.Output);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Json_holds_the_same_and_the_books_close()
    {
        using var folder = new TemporaryFolder();

        JsonNode result = JsonNode.Parse(WeftProgram.RunFirstSwitch(folder.Path, "--json").Required().Output)!;

        Assert.Equal("inputEnded", result["end"]!.GetValue<string>());
        JsonNode totals = result["final"]!["totals"]!;
        long Of(string name) => totals[name]!.GetValue<long>();
        Assert.Equal(Of("received") + Of("generated"), Of("sent") + Of("dropped") + Of("consumed") + Of("held"));
        Assert.Equal(5, result["final"]!["ports"]!.AsArray().Count);
    }

    /// <summary>The judge is the kernel: its own gateway received the same frames, and what it sent was captured.</summary>
    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void In_the_place_of_the_kernel_s_gateway_the_switch_sends_to_the_lan_what_the_kernel_sent()
    {
        using var folder = new TemporaryFolder();
        _ = WeftProgram.RunFirstSwitch(folder.Path).Required();

        Assert.Equal(Frames(Repository.File("pcaps/vxlan-gateway-lan-out.pcap")), Frames(folder.File("blue-lan.pcapng")));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void In_the_place_of_the_kernel_s_gateway_the_switch_sends_into_the_tunnel_what_the_kernel_sent()
    {
        using var folder = new TemporaryFolder();
        _ = WeftProgram.RunFirstSwitch(folder.Path).Required();

        Assert.Equal(Frames(Repository.File("pcaps/vxlan-gateway-wire-out.pcap")).Select(Comparable), Frames(folder.File("vxlan-wire.pcapng")).Select(Comparable));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Tshark_reads_what_is_written_without_a_malformed_packet_or_a_wrong_checksum()
    {
        LiveRequirements.NeedPrograms("tshark");
        using var folder = new TemporaryFolder();
        _ = WeftProgram.RunFirstSwitch(folder.Path).Required();

        string[] captures = Directory.GetFiles(folder.Path, "*.pcapng");
        Assert.Equal(5, captures.Length);
        foreach (string capture in captures)
        {
            string[] options = ["-n", "-r", capture, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];
            const string Damaged = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0";
            Assert.NotEmpty(Command.Run("tshark", options).Required().Output);
            Assert.Equal("", Command.Run("tshark", [.. options, "-Y", Damaged]).Required().Output);
        }
    }

    private static List<string> Frames(string path)
    {
        var frames = new List<string>();
        using PcapReader reader = PcapReader.Open(path);
        while (reader.TryRead(out PcapPacket packet))
        {
            frames.Add(Convert.ToHexString(packet.Data));
        }

        Assert.NotEmpty(frames);
        return frames;
    }

    /// <summary>
    /// Without what two right implementations may choose differently in an outer header: the IPv4 identification, the
    /// don't-fragment flag and so the header checksum, and the UDP source port and checksum (RFC 7348 section 5).
    /// </summary>
    private static string Comparable(string frame)
    {
        const int Identification = 14 + 4, Flags = 14 + 6, HeaderChecksum = 14 + 10, SourcePort = 14 + 20, UdpChecksum = 14 + 26;
        if (!frame.AsSpan(24, 4).SequenceEqual("0800"))
        {
            return frame;
        }

        var text = new StringBuilder(frame);
        foreach (int field in (int[])[Identification, Flags, HeaderChecksum, SourcePort, UdpChecksum])
        {
            _ = text.Remove(field * 2, 4).Insert(field * 2, "....");
        }

        return text.ToString();
    }

    /// <summary>Blanks squeezed, and every figure that depends on the machine's speed replaced by '~'.</summary>
    private static string WithoutTimes(string output)
    {
        var text = new StringBuilder();
        string table = "";
        foreach (string line in output.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('─')))
        {
            table = line.StartsWith(' ') ? table : line;
            string[] cells = line.Trim().Split((string[])["   ", "  "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            bool isHeader = cells[0] is "port" or "stage";
            foreach (int column in isHeader || !line.StartsWith(' ') ? [] : table switch { "Ports" => [6, 9], "Stages" => new[] { 6 }, _ => [] })
            {
                cells[column] = "~";
            }

            _ = text.Append(line.StartsWith(' ') ? "  " : "").AppendJoin("  ", cells).Append('\n');
        }

        return Regex.Replace(text.ToString(), "after [0-9.]+ s; ([0-9,]+) frames in, [0-9.,]+ a second", "after ~ s; $1 frames in, ~ a second");
    }
}
