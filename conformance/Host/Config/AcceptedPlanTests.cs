using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;

namespace Weft.Conformance.ConfigTests;

/// <summary>What the reader accepts, a switch can be built from: the ends of every range, and what is unusual and allowed.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class AcceptedPlanTests
{
    private static readonly byte[] Broadcast = Convert.FromHexString("ffffffffffff0200000000990806" + new string('0', 92));

    [Theory]
    [InlineData("switch.vectorSize=1")]
    [InlineData("switch.vectorSize=256")]
    [InlineData("switch.poolBuffers=512")]
    [InlineData("ports[vm1].mtu=576")]
    [InlineData("ports[vm1].mtu=65521")]
    [InlineData("ports[underlay].mtu=65521")]
    [InlineData("vteps[here].sourcePorts=5")]
    [InlineData("vteps[here].sourcePorts=1-65535")]
    [InlineData("vteps[here].sourcePorts=65534-65535")]
    [InlineData("vteps[here].udpPort=1")]
    [InlineData("vteps[here].udpPort=65535")]
    [InlineData("vteps[here].ttl=1")]
    [InlineData("vteps[here].ttl=255")]
    [InlineData("vteps[here].udpChecksum=always")]
    [InlineData("vteps[here].udpChecksum=zero")]
    [InlineData("vteps[here].encapsulation=geneve")]
    [InlineData("vteps[here].address=172.30.0.1/1")]
    [InlineData("segments[blue].vni=0")]
    [InlineData("segments[blue].vni=16777215")]
    [InlineData("segments[blue].peers=[]")]
    [InlineData("segments[blue].ageingSeconds=10")]
    [InlineData("segments[blue].ageingSeconds=1000000")]
    [InlineData("segments[blue].maxMacs=1")]
    [InlineData("segments[blue].maxMacs=1048576")]
    [InlineData("segments[blue].learning=false")]
    [InlineData("segments[blue].flood=false")]
    [InlineData("ports[trunk1].vlan={mode: trunk, native: 20}")]
    [InlineData("ports[trunk1].vlan={mode: trunk, allowed: [1-4094]}")]
    public void A_switch_can_be_built_and_takes_a_frame(string assignment)
    {
        ConfigurationResult result = ConfigurationFile.Read(Repository.File("samples/vxlan-gateway.yaml"), [assignment]);
        Assert.NotNull(result.Plan);

        PacketTrace trace = PacketTracer.Trace(result.Plan, "vm1", Broadcast);

        Assert.StartsWith("VERDICT ", trace.Verdict);
    }

    [Fact]
    public void Every_vlan_has_a_segment()
    {
        string segments = string.Concat(Enumerable.Range(1, 4094).Select(i => $"  - {{name: s{i}, vlan: {i}, vni: {i}, vtep: v, peers: [10.0.{i >> 8}.{i & 0xFF}]}}\n"));
        string text = "schema: weft/1\nports:\n  - {name: vm1, type: tap, device: vm1, mtu: 1400, vlan: {mode: trunk, native: 7}}\n  - {name: u, type: af_packet, device: u, role: underlay}\n"
            + "vteps: [{name: v, port: u, address: 10.255.255.1/8}]\nsegments:\n" + segments;

        ConfigurationResult result = ConfigurationFile.ReadText(text, "all.yaml");

        Assert.Empty(result.Problems);
        Assert.Equal(256, result.Plan!.Segments[0].MaxMacs);
        Assert.Equal(TraceOutcome.Held, PacketTracer.Trace(result.Plan, "vm1", Broadcast).Outcome);
    }

    [Fact]
    public void More_addresses_than_the_filtering_database_holds_are_refused()
    {
        string segments = string.Concat(Enumerable.Range(1, 13).Select(i => $"  - {{name: s{i}, vlan: {i}, maxMacs: 1048576}}\n"));

        ConfigurationResult result = ConfigurationFile.ReadText("schema: weft/1\nports: [{name: a, type: tap, device: a}]\nsegments:\n" + segments, "big.yaml");

        Assert.Equal(
            "big.yaml:16:36: error: segments[12].maxMacs: with this segment there are 13631488 addresses in all, learned and static; expected at most 13000000 for all segments together",
            Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void Endpoints_of_both_tunnels_and_families_share_a_port()
    {
        const string Text = """
            schema: weft/1
            ports:
              - {name: vm1, type: tap, device: vm1, mtu: 1400}
              - {name: u, type: af_packet, device: eth1, role: underlay}
            vteps:
              - {name: a, port: u, address: 192.0.2.1/24, mac: "02:00:00:00:00:01"}
              - {name: b, port: u, address: 192.0.2.1/24, mac: "02:00:00:00:00:01", encapsulation: geneve}
              - {name: c, port: u, address: "2001:db8::1/64", mac: "02:00:00:00:00:01"}
              - {name: d, port: u, address: 192.0.2.1/24, mac: "02:00:00:00:00:01", udpPort: 8472}
            segments:
              - {name: s, vlan: 1, vni: 1, vtep: a, peers: [192.0.2.2]}
              - {name: t, vlan: 2, vni: 1, vtep: b, peers: [192.0.2.2]}
              - {name: v, vlan: 3, vni: 1, vtep: c, peers: ["2001:db8::2"]}
              - {name: w, vlan: 4, vni: 1, vtep: d, peers: [192.0.2.2]}
            """;

        ConfigurationResult result = ConfigurationFile.ReadText(Text, "shared.yaml");

        Assert.Empty(result.Problems);
        Assert.Equal(TraceOutcome.Held, PacketTracer.Trace(result.Plan!, "vm1", Broadcast).Outcome);
    }
}
