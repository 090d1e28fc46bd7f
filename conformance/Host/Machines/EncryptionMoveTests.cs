using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>A machine that encrypts moves to another switch: what was taken at the one is not taken again at the other.</summary>
public sealed class EncryptionMoveTests
{
    private static readonly MigrationOptions Move = new() { Id = 5, Epoch = 1 };

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public async Task Rfc4303_Section3_4_3_What_one_host_has_opened_no_later_host_of_the_machine_opens_again()
    {
        using var lab = new EncryptionLab(shape: null, MachinePlans.Connections);
        using SwitchRig there = MachinePlans.Rig(Standby(lab, lab.Service(isLeft: true, outbound: 0x5005)));
        byte[][] under = [.. Enumerable.Range(1, 6).Select(port => Seal(lab, port))];
        foreach (int taken in new[] { 0, 1, 3 })
        {
            Assert.Single(lab.Left.Pass(Web2, under[taken]).Out(Web1));
        }

        Assert.Equal(("moved", null), await MoveAsync(lab.Left, there));
        foreach (byte[] again in new[] { under[0], under[1], under[3] })
        {
            Assert.Empty(there.Pass(Web2, again).Out(Web1));
        }

        Assert.Equal(3, there.Drops()["service-forged"]);
        // Those that the first host has not seen are fresh, in whichever order they come: nothing is lost.
        foreach (int fresh in new[] { 5, 2, 4 })
        {
            Assert.Equal([Udp(Remote, (ushort)(fresh + 1), Machine, 1000)], there.Pass(Web2, under[fresh]).Out(Web1));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public async Task A_host_that_could_not_open_what_the_machine_is_sent_refuses_it()
    {
        using var lab = new EncryptionLab();
        ServicePlan other = lab.Service(isLeft: true, outbound: 0x5005);
        using SwitchRig there = MachinePlans.Rig(Standby(lab, other with { Encryption = [other.Encryption[0] with { Inbound = [lab.Association("left", 0x6006)] }] }, connections: false));
        Assert.Single(lab.Left.Pass(Web2, Seal(lab, 1)).Out(Web1));
        Assert.Equal(("aborted", "state-refused"), await MoveAsync(lab.Left, there));
        Assert.Single(lab.Left.Pass(Web2, Seal(lab, 2)).Out(Web1));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_was_opened_before_a_restart_is_not_opened_again_after_it()
    {
        using var lab = new EncryptionLab();
        (byte[] first, byte[] second) = (Seal(lab, 1), Seal(lab, 2));
        Assert.Single(lab.Left.Pass(Web2, second).Out(Web1));
        SwitchSnapshot state = lab.Left.Switch.Snapshot();
        using var after = new SwitchRig(lab.LeftPlan(), state);
        Assert.Empty(after.Pass(Web2, second).Out(Web1));
        Assert.Single(after.Pass(Web2, first).Out(Web1));
    }

    private static byte[] Seal(EncryptionLab lab, int port) => Assert.Single(lab.Right.Pass(Web1, Udp(Remote, (ushort)port, Machine, 1000)).Out(Web2));

    private static SwitchPlan Standby(EncryptionLab lab, ServicePlan encryption, bool connections = true) =>
        MachinePlans.With(machine => machine with { IsStandby = true }, connections ? [MachinePlans.Connections, encryption] : [encryption]);

    private static async Task<(string State, string? Failure)> MoveAsync(SwitchRig from, SwitchRig to)
    {
        (MoveHost source, MoveHost target) = (HostOf(from), HostOf(to));
        Assert.Null(await target.ArriveAsync(7, Move));
        await source.LeaveAsync("vm1", Move, "b");
        List<byte[]> answers = [];
        MoveSnapshot state;
        do
        {
            (List<byte[]> send, state) = await source.StepDepartureAsync("vm1", answers);
            answers = await target.StepArrivalAsync(7, Move.Id, [.. send.Select(message => new MoveFrame(MoveFrameKind.Message, message))]);
        }
        while (state.State is not ("moved" or "aborted") && answers.Count > 0);
        return (state.State, state.Failure);
    }

    private static MoveHost HostOf(SwitchRig rig) => new(rig.Switch, question => Task.FromResult(question()));
}
