using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Conformance.ConfigTests;

/// <summary>What a document means: names become indices, absent keys their documented defaults, paths start at the file.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class PlanTests
{
    private const string Least = """
        schema: weft/1
        ports:
          - {name: vm1, type: tap, device: tap1}
          - {name: up0, type: af_packet, device: eth0, role: underlay, mtu: 1550}
        vteps:
          - {name: v4, port: up0, address: 192.0.2.1/24}
          - {name: v6, port: up0, address: "2001:db8::a:b/64", encapsulation: geneve}
        segments:
          - {name: one, vlan: 1, vni: 7, vtep: v6, peers: ["2001:db8::2"]}
          - {name: local, vlan: 2}
        """;

    [Fact]
    public void Absent_keys_count_as_documented()
    {
        SwitchPlan plan = Plan(Least);

        Assert.Equal(("weft", 64, PollMode.Adaptive, 8192, 2048, null), (plan.Name, plan.VectorSize, plan.Poll, plan.PoolBuffers, plan.PoolBufferBytes, plan.ControlSocket));
        PortPlan vm = plan.Ports[0];
        Assert.Equal((PortKind.Tap, PortRole.Access, 1500, VlanMode.Access, (ushort)1), (vm.Kind, vm.Role, vm.MtuBytes, vm.VlanMode, vm.NativeVlan));
        Assert.Empty(vm.AllowedVlans);
        VtepPlan v4 = plan.Vteps[0];
        Assert.Equal((TunnelKind.Vxlan, (ushort)4789, (byte)64, OuterChecksumPolicy.Standard), (v4.Kind, v4.UdpPort, v4.Ttl, v4.Checksum));
        Assert.Equal((49152, 65535), (v4.SourcePortMin, v4.SourcePortMax));
        Assert.Equal((TunnelKind.Geneve, (ushort)6081), (plan.Vteps[1].Kind, plan.Vteps[1].UdpPort));
        SegmentPlan one = plan.Segments[0];
        Assert.Equal((true, true, true, true, TimeSpan.FromSeconds(300), 65536), (one.Learning, one.FloodUnknown, one.SuppressArp, one.SuppressNd, one.Ageing, one.MaxMacs));
    }

    [Fact]
    public void An_endpoint_without_mac_gets_a_local_unicast_one_made_of_its_address()
    {
        SwitchPlan plan = Plan(Least);

        Assert.Equal(MacAddress.Parse("02:57:c0:00:02:01"), plan.Vteps[0].Mac);
        Assert.Equal(MacAddress.Parse("02:57:00:0a:00:0b"), plan.Vteps[1].Mac);
        Assert.All(plan.Vteps, vtep => Assert.True(vtep.Mac is { IsValidSource: true, IsLocallyAdministered: true }));
    }

    [Fact]
    public void Names_become_indices_and_absent_tunnels_stay_absent()
    {
        SwitchPlan plan = Plan(Least);

        Assert.Equal([1, 1], plan.Vteps.Select(vtep => vtep.Port));
        Assert.Equal([1, -1], plan.Segments.Select(segment => segment.Vtep));
        Assert.Equal([7u, null], plan.Segments.Select(segment => segment.Vni));
    }

    [Fact]
    public void A_trunk_carries_the_listed_vlans_or_all_that_have_a_segment()
    {
        string listed = Least.Replace("device: tap1}", "device: tap1, vlan: {mode: trunk, allowed: [30, 1-3, 7], native: 2}}", StringComparison.Ordinal);
        string absent = Least.Replace("device: tap1}", "device: tap1, vlan: {mode: trunk}}", StringComparison.Ordinal);

        Assert.Equal([1, 2, 3, 7, 30], Plan(listed).Ports[0].AllowedVlans);
        Assert.Equal(2, Plan(listed).Ports[0].NativeVlan);
        Assert.Equal([1, 2], Plan(absent).Ports[0].AllowedVlans);
        Assert.Equal(0, Plan(absent).Ports[0].NativeVlan);
    }

    [Fact]
    public void Paths_start_at_the_folder_of_the_file()
    {
        SwitchPlan plan = Assert.IsType<SwitchPlan>(ConfigurationFile.Read(Repository.File("samples/first-switch.yaml")).Plan);

        Assert.Equal(Repository.File("pcaps/ovs-geneve.pcap"), plan.Ports[2].ReadPath);
        Assert.Equal(Repository.File("samples/out/geneve-wire.pcapng"), plan.Ports[2].WritePath);
    }

    [Fact]
    public void Json_is_read_as_well()
    {
        const string Json = """{"schema": "weft/1", "ports": [{"name": "vm1", "type": "tap", "device": "tap1", "vlan": {"id": 5}}], "segments": [{"name": "s", "vlan": 5, "learning": false}]}""";

        SwitchPlan plan = Plan(Json);

        Assert.Equal(5, plan.Ports[0].NativeVlan);
        Assert.False(plan.Segments[0].Learning);
    }

    [Fact]
    public void Buffers_hold_the_largest_mtu_of_any_port_behind_their_headroom()
    {
        SwitchPlan plan = Plan(Least.Replace("device: tap1}", "device: tap1, mtu: 9000}", StringComparison.Ordinal).Replace("mtu: 1550", "mtu: 9100", StringComparison.Ordinal));

        Assert.InRange(plan.PoolBufferBytes, 9100 + 14 + 8 + 128, 10_000);
    }

    [Fact]
    public void Static_entries_point_to_a_port_or_a_peer()
    {
        SwitchPlan plan = Plan(Least.Replace("vlan: 1, ", "vlan: 1, static: [{mac: '02:00:00:00:00:01', port: vm1}, {mac: '02:00:00:00:00:02', peer: '2001:db8::2'}], ", StringComparison.Ordinal));

        Assert.True(TunnelAddress.TryParse("2001:db8::2", out TunnelAddress peer));
        Assert.Equal(
            [new StaticMacPlan(MacAddress.Parse("02:00:00:00:00:01"), 0, null), new StaticMacPlan(MacAddress.Parse("02:00:00:00:00:02"), -1, peer)],
            plan.Segments[0].StaticEntries);
    }

    [Fact]
    public void A_tunnel_that_does_not_fit_the_underlay_is_warned_of_and_not_refused()
    {
        ConfigurationResult result = Read(Least);

        ConfigurationProblem warning = Assert.Single(result.Problems);
        Assert.Equal(ProblemSeverity.Warning, warning.Severity);
        Assert.Contains("1500 bytes from port 'vm1' become 1570 in the tunnel, more than the mtu 1550", warning.Message);
        Assert.NotNull(result.Plan);
    }

    [Theory]
    [InlineData("switch.poll=spin")]
    [InlineData("switch={poll: spin, vectorSize: 8}")]
    public void A_value_of_the_command_line_wins(string assignment)
    {
        SwitchPlan plan = Plan(Least + "\nswitch: {poll: sleep}", assignment);

        Assert.Equal(PollMode.Spin, plan.Poll);
    }

    [Theory]
    [InlineData("ports[up0].mtu=1600")]
    [InlineData("ports[1].mtu=1600")]
    public void A_value_of_the_command_line_reaches_into_lists_by_name_or_number(string assignment) =>
        Assert.Equal(1600, Plan(Least, assignment).Ports[1].MtuBytes);

    [Theory]
    [InlineData("switch.poll", "--set:1:1: error: 'switch.poll' is no assignment; expected path=value, such as switch.poll=spin or ports[up0].mtu=9000")]
    [InlineData("ports[up7].mtu=1600", "--set:1:1: error: ports[up7].mtu: there is no '[up7]' in the document that could be set")]
    [InlineData("switch.vectorSize=1000", "--set:1:1: error: switch.vectorSize: '1000' is not possible here; expected a whole number from 1 to 256")]
    [InlineData("switch.pull=spin", "--set:1:1: error: switch: unknown key 'pull'; did you mean 'poll'?")]
    [InlineData("switch.name=", "--set:1:1: error: switch.name: '' is not possible here; expected a name of 1 to 32 letters, digits, '.', '_' and '-' that begins with a letter or digit")]
    [InlineData("switch.poll=[", "--set:2:1: error: this is not YAML: ")]
    public void A_wrong_value_of_the_command_line_says_where_it_came_from(string assignment, string expected)
    {
        ConfigurationResult result = Read(Least, assignment);

        Assert.Null(result.Plan);
        Assert.StartsWith(expected, Assert.Single(result.Problems, problem => problem.Severity == ProblemSeverity.Error).ToString());
    }

    [Fact]
    public void A_missing_file_is_an_error_like_any_other()
    {
        ConfigurationProblem problem = Assert.Single(ConfigurationFile.Read("no/such/file.yaml").Problems);

        Assert.Equal("no/such/file.yaml:1:1: error: the file does not exist", problem.ToString());
    }

    private static SwitchPlan Plan(string text, params string[] overrides)
    {
        ConfigurationResult result = Read(text, overrides);
        Assert.DoesNotContain(result.Problems, problem => problem.Severity == ProblemSeverity.Error);
        return Assert.IsType<SwitchPlan>(result.Plan);
    }

    private static ConfigurationResult Read(string text, params string[] overrides) => ConfigurationFile.ReadText(text + "\n", "plan.yaml", overrides);
}
