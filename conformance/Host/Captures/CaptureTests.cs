using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe.Captures;
using Weft.Packets;
using Weft.Pcap;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What a capture takes out of a switch, and what it says of each frame.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class CaptureTests
{
    private static readonly string[] BothWaysOfAFlood = ["in web1; forwarded to web2, trunk, up0, up0", "out web2; came through web1", "out trunk; came through web1", "out up0; came through web1", "out up0; came through web1"];

    [Fact]
    public async Task At_ports_a_flooded_frame_is_seen_coming_in_and_at_each_port_that_sends_it()
    {
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest());
        byte[] frame = Plain(B, A);
        rig.Pass(Web1, frame);

        List<byte[]> tunnels = rig.Out(Up0);
        List<Captured> frames = await lab.FramesAsync();
        Assert.Equal(BothWaysOfAFlood, frames.Select(taken => taken.Comment));
        Assert.Equal(["web1", "web2", "trunk", "up0", "up0"], frames.Select(taken => taken.Interface));
        Assert.Equal([PcapDirection.Inbound, .. Enumerable.Repeat(PcapDirection.Outbound, 4)], frames.Select(taken => taken.Direction));
        Assert.Equal([frame, frame, Tagged(frame, 10), .. tunnels], frames.Select(taken => taken.Bytes));
    }

    [Theory]
    [InlineData(Web1, CaptureDirection.In, "in web1; forwarded to web2, trunk, up0, up0")]
    [InlineData(Web2, CaptureDirection.Both, "out web2; came through web1")]
    [InlineData(Web1, CaptureDirection.Out, "")]
    [InlineData(Db, CaptureDirection.Both, "")]
    public async Task Of_one_port_only_what_passes_it_is_seen(int port, CaptureDirection direction, string comment)
    {
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { Port = rig.Switch.Plan.Ports[port].Name, Direction = direction });
        rig.Pass(Web1, Plain(B, A));

        Assert.Equal(comment, string.Join('|', (await lab.FramesAsync()).Select(taken => taken.Comment)));
    }

    [Fact]
    public async Task A_frame_for_the_switch_is_consumed_one_that_waits_is_held_and_one_of_a_wrong_vlan_dropped()
    {
        using var rig = new SwitchRig(Unresolved().With(0, blue => blue with { FloodUnknown = true }));
        using var lab = new CaptureLab(rig, new CaptureRequest { Direction = CaptureDirection.In });
        rig.Pass(Up0, Arp(1, Broadcast, PeerMac, PeerAddress, default, VtepAddress));
        rig.Pass(Trunk, Tagged(Plain(B, A), 99));
        rig.Pass(Web1, Plain(B, A)[..9]);

        Assert.Equal(
            ["in up0; consumed: it was for the switch", "in trunk; dropped by bridge: vlan-not-allowed", "in web1; dropped by ingress: frame-too-short"],
            (await lab.FramesAsync()).Select(taken => taken.Comment));
    }

    [Fact]
    public async Task By_drop_reason_the_frames_are_seen_that_were_dropped_for_it_through_that_port()
    {
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { DropReason = "vlan-not-allowed", Port = "trunk" });
        using var all = new CaptureLab(rig, new CaptureRequest { DropReason = CaptureRequest.AnyReason });
        byte[] strange = Tagged(Plain(B, A), 99);
        rig.Pass(Trunk, strange).Pass(Web1, Tagged(Plain(B, A), 99)).Pass(Web1, Plain(B, A)[..9]).Pass(Web1, Plain(B, A));

        Captured taken = Assert.Single(await lab.FramesAsync());
        Assert.Equal((strange.Length, "trunk", "dropped by bridge: vlan-not-allowed; came through trunk"), (taken.Bytes.Length, taken.Interface, taken.Comment));
        Assert.Equal(rig.Drops().Values.Sum(), (await all.FramesAsync()).Count);
    }

    [Fact]
    public async Task A_frame_that_waited_for_its_next_hop_in_vain_is_seen_being_dropped()
    {
        using var rig = new SwitchRig(Unresolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { DropReason = "neighbor-unresolved" });
        using var arrivals = new CaptureLab(rig, new CaptureRequest { Port = "web1", Direction = CaptureDirection.In });
        rig.Pass(Web1, Plain(B, A));
        for (int second = 0; second < 20; second++)
        {
            rig.Wait(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(rig.Drops()["neighbor-unresolved"], (await lab.FramesAsync()).Count(taken => taken.Comment == "dropped by encap: neighbor-unresolved; came through web1"));
        Assert.Equal("in web1; forwarded to web2, trunk; held: it waits for its next hop", Assert.Single(await arrivals.FramesAsync()).Comment);
    }

    [Fact]
    public async Task At_a_stage_each_copy_is_seen_with_its_own_end()
    {
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { Stage = "encap" });
        using var bridge = new CaptureLab(rig, new CaptureRequest { Stage = "bridge", Port = "up0" });
        rig.Pass(Web1, Plain(B, A)).Pass(Up0, FromPeer(Plain(A, C)));

        Assert.Equal(["at encap; came through web1; forwarded to up0", "at encap; came through web1; forwarded to up0"], (await lab.FramesAsync()).Select(taken => taken.Comment));
        Captured inner = Assert.Single(await bridge.FramesAsync());
        Assert.Equal("at bridge; came through up0; forwarded to web1", inner.Comment);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task With_several_workers_every_frame_is_seen_once_coming_in_once_at_the_bridge_and_once_going_out(int workers)
    {
        const int Flows = 50;
        using var rig = new SwitchRig(Resolved() with { Workers = workers });
        rig.Pass(Web2, Plain(Broadcast, B));
        rig.AllOut();
        using var ports = new CaptureLab(rig, new CaptureRequest { Filter = "udp dst port 9" });
        using var bridge = new CaptureLab(rig, new CaptureRequest { Stage = "bridge", Filter = "udp dst port 9" });
        for (ushort flow = 0; flow < Flows; flow++)
        {
            rig.Send(Web1, WorkerFrames.Udp(B, A, flow, 0));
        }

        rig.Run();
        List<Captured> frames = await ports.FramesAsync();
        Assert.Equal(Flows, frames.Count(taken => taken.Direction == PcapDirection.Inbound));
        Assert.Equal(Flows, frames.Where(taken => taken.Comment == "out web2; came through web1").Select(taken => WorkerFrames.Read(taken.Bytes).Flow).Distinct().Count());
        Assert.All(frames.Where(taken => taken.Direction == PcapDirection.Inbound), taken => Assert.Matches("^in web1; (forwarded to web2|handed to worker [0-9])$", taken.Comment));
        Assert.Equal(Flows, (await bridge.FramesAsync()).Count);
    }

    [Fact]
    public async Task A_burst_longer_than_the_slots_allow_is_seen_once_at_a_stage_that_takes_it_in_parts()
    {
        using var rig = new SwitchRig(Resolved() with { VectorSize = 256, PoolBuffers = 4096 }, link: new() { QueueFrames = 4096, MaxFrameBytes = 9000 });
        using var lab = new CaptureLab(rig, new CaptureRequest { Stage = "egress" });
        for (int i = 0; i < 256; i++)
        {
            rig.Send(Web1, Plain(B, A));
        }

        rig.Run();
        Assert.Equal(256, (await lab.FramesAsync()).Count);
    }

    [Fact]
    public async Task What_finds_no_room_is_counted_and_told_and_the_switch_goes_on()
    {
        const int Frames = 9000;
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { Port = "web1", Direction = CaptureDirection.In });
        byte[] frame = Plain(B, A);
        for (int i = 0; i < Frames; i++)
        {
            rig.Pass(Web1, frame);
            rig.AllOut();
        }

        long lost = lab.Lost;
        List<Captured> frames = await lab.FramesAsync();
        Assert.Equal(Frames, frames.Count + lost);
        Assert.True(lost > 0);
        Assert.Equal(Frames, rig.Switch.Snapshot().Ports[Web1].ReceivedFrames);
    }

    [Fact]
    public async Task Behind_a_reload_a_capture_goes_on_with_ports_by_their_names()
    {
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { Port = "web2" });
        rig.Pass(Web1, Plain(B, A));
        SwitchPlan plan = rig.Switch.Plan;
        rig.Switch.Apply(plan with { VectorSize = 32 }, [.. rig.Switch.Ports]);
        rig.Pass(Web1, Plain(B, A));

        Assert.Equal(2, (await lab.FramesAsync()).Count(taken => taken.Comment == "out web2; came through web1"));
    }

    [Fact]
    public async Task Frames_are_cut_to_what_is_to_be_kept_and_say_how_long_they_were()
    {
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest { Port = "web1", SnapLength = 20 });
        rig.Pass(Web1, Plain(B, A, length: 500));

        Captured taken = Assert.Single(await lab.FramesAsync());
        Assert.Equal((20, 500L), (taken.Bytes.Length, taken.OriginalLength));
    }

    [Theory]
    [InlineData("eth7", null, null, "There is no port eth7; there are web1, web2, db, trunk, up0.")]
    [InlineData(null, "nowhere", null, "There is no stage nowhere; this configuration has ingress, decap, endpoint, bridge, egress, encap, transmit.")]
    [InlineData(null, null, "no-reason", "There is no drop reason no-reason; 'weft explain' lists them, and 'any' stands for all.")]
    [InlineData(null, "bridge", "hairpin", "Frames are captured at a stage or where they are dropped, not both.")]
    public void What_there_is_not_cannot_be_captured(string? port, string? stage, string? reason, string message)
    {
        using var rig = new SwitchRig(Resolved());
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new CaptureLab(rig, new CaptureRequest { Port = port, Stage = stage, DropReason = reason })).Message);
    }

    [Fact]
    public void There_are_four_captures_at_a_time_at_most()
    {
        using var rig = new SwitchRig(Resolved());
        CaptureLab[] labs = [.. Enumerable.Range(0, 4).Select(_ => new CaptureLab(rig, new CaptureRequest()))];
        Assert.Throws<InvalidOperationException>(() => new CaptureLab(rig, new CaptureRequest()));
        labs[1].Dispose();
        using var again = new CaptureLab(rig, new CaptureRequest());
        Array.ForEach(labs, lab => lab.Dispose());
    }

    [Fact]
    public async Task Tshark_reads_interfaces_directions_and_comments()
    {
        LiveRequirements.NeedPrograms("tshark", "capinfos");
        using var rig = new SwitchRig(Resolved());
        using var lab = new CaptureLab(rig, new CaptureRequest());
        rig.Pass(Web1, Plain(B, A));
        string path = Path.Combine(Directory.CreateTempSubdirectory("weft-capture-").FullName, "taken.pcapng");
        await File.WriteAllBytesAsync(path, await lab.FinishAsync(), TestContext.Current.CancellationToken);
        try
        {
            IReadOnlyList<string[]> rows = Tshark.Fields(path, "", "frame.interface_name", "frame.packet_flags_direction", "frame.comment");
            Assert.Equal(BothWaysOfAFlood, rows.Select(row => row[2]));
            Assert.Equal(["web1", "web2", "trunk", "up0", "up0"], rows.Select(row => row[0]));
            Assert.All(rows.Skip(1), row => Assert.Equal("0x00000002", row[1]));
            Assert.Contains("Number of packets:   5", Command.Run("capinfos", path).Required().Output);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }
}
