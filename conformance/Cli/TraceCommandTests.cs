using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>What a person is told about one packet, line by line.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class TraceCommandTests
{
    private const string StationOnTap = "020000000099";
    private const string StationBehindTunnel = "020000005101";
    private const string Vlan10 = "8100000a";
    private const string Arp = "08060001080006040001020000000099c6336463000000000000c633642a";

    private static readonly string Config = Repository.File("samples/first-switch.yaml");

    [Fact]
    public void A_broadcast_is_flooded_to_the_lan_and_the_tunnel_but_not_back() =>
        AssertTrace("flooded", "--port", "tap-all", "--packet", "ffffffffffff" + StationOnTap + Vlan10 + Arp);

    [Fact]
    public void A_frame_to_a_learned_station_is_forwarded_into_its_tunnel_alone() =>
        AssertTrace("forwarded", "--replay", "--port", "tap-all", "--packet", StationBehindTunnel + StationOnTap + Vlan10 + Arp);

    [Fact]
    public void A_frame_of_a_vlan_that_the_trunk_does_not_carry_is_dropped_with_the_reason() =>
        AssertTrace("dropped", "--port", "tap-all", "--packet", "ffffffffffff" + StationOnTap + "8100001e" + Arp);

    [Fact]
    public void A_frame_of_a_capture_is_traced_by_its_number() =>
        AssertTrace("decapsulated", "--port", "vxlan-wire", "--packet", Repository.File("pcaps/vxlan-gateway-wire-in.pcap"), "--frame", "8");

    [Fact]
    public void Digits_may_be_grouped_and_may_stand_in_a_file()
    {
        using var folder = new TemporaryFolder();
        string digits = "ffffffffffff" + StationOnTap + Vlan10 + Arp;
        string file = folder.Write("packet.txt", string.Join("\n", digits.Chunk(32).Select(line => string.Join(' ', line.Chunk(2).Select(pair => new string(pair))))));

        CommandResult inFile = WeftProgram.Run("trace", Config, "--port", "tap-all", "--packet", file);
        CommandResult inline = WeftProgram.Run("trace", Config, "--port", "tap-all", "--packet", string.Join(':', digits.Chunk(2).Select(pair => new string(pair))));

        Assert.Equal(0, inFile.ExitCode);
        Assert.Equal(inFile.Output, inline.Output);
        Assert.Contains("VERDICT forwarded", inFile.Output);
    }

    [Fact]
    public void Json_has_the_verdict_as_fields()
    {
        CommandResult result = WeftProgram.Run("trace", Config, "--json", "--port", "tap-all", "--packet", "ffffffffffff" + StationOnTap + "8100001e" + Arp);

        Assert.Contains("\"dropReason\": \"vlan-not-allowed\"", result.Output);
    }

    [Theory]
    [InlineData("tap-all", "fff", "'fff' is neither an even number of hexadecimal digits nor a file.")]
    [InlineData("tap-all", "no/such/file", "'no/such/file' is neither an even number of hexadecimal digits nor a file.")]
    [InlineData("tapall", "ffff", "There is no port tapall; there are vxlan-wire, blue-lan, geneve-wire, red-lan, tap-all.")]
    public void Mistakes_are_told_in_a_sentence(string port, string packet, string expected)
    {
        CommandResult result = WeftProgram.Run("trace", Config, "--port", port, "--packet", packet);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(expected, result.Error);
    }

    private static void AssertTrace(string golden, params string[] arguments)
    {
        CommandResult result = WeftProgram.Run(["trace", Config, .. arguments]).Required();

        Golden.Equal($"conformance/Cli/trace-{golden}.expected", result.Output);
    }
}
