using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Handover;

/// <summary>The side of the running switch: offers its ports, stands still, gives what it knows, and goes on if the other does not.</summary>
internal sealed class HandoverGiver(Switch of, ClusterMember? cluster)
{
    /// <summary>A superframe of 64 KiB is cut into at most a thousand segments, and a burst takes one at least.</summary>
    private const int MaxRounds = 1024;

    private static readonly TimeSpan OfferPatience = TimeSpan.FromSeconds(1);

    /// <summary>Between two bursts, while nothing else happens: tells what there is. Descriptors are sent here because a port may lose its own at the next burst.</summary>
    /// <param name="channel">The other side.</param>
    /// <param name="listener">The control socket.</param>
    /// <returns>Why the switch cannot be taken over; null if it can.</returns>
    public string? Offer(DescriptorChannel channel, int listener)
    {
        string? refusal = Obstacle();
        var descriptors = new List<int>();
        HandoverOffer offer = new() { Format = HandoverOffer.CurrentFormat, Version = SwitchState.Version, Name = of.Plan.Name, Refusal = refusal };
        if (refusal is null)
        {
            offer = offer with { Cluster = of.Plan.Cluster is null ? null : ClusterMember.IdentityOf(of.Plan.Cluster), Ports = [.. LivePorts().Select(pair => Describe(pair.Plan, pair.Port, descriptors))], Listeners = [ControlListener], OldestMoment = SwitchState.OldestMoment(of.Snapshot(SnapshotParts.Fdb | SnapshotParts.Bindings), Timestamp.FromMonotonicClock()).Nanoseconds };
            descriptors.Add(listener);
        }

        HandoverProtocol.Send(channel, offer, HandoverProtocol.Json.HandoverOffer, [.. descriptors], OfferPatience);
        return refusal;
    }

    public const string ControlListener = "control";

    /// <summary>A machine of which each of two hosts has a part, and no other process can have either; null if there is none. Between two bursts.</summary>
    public string? MovingMachine => of.Machines.FirstOrDefault(machine => machine.IsMoving)?.Plan.Name;

    /// <summary>Stands still and hands over. Between two bursts; the other workers stand still, too.</summary>
    /// <exception cref="IOException">The other side did not go on, so this one does.</exception>
    /// <exception cref="InvalidOperationException">A machine has begun to move; nothing was said, and the switch goes on.</exception>
    public void Commit(DescriptorChannel channel)
    {
        if (MovingMachine is string moving)
        {
            throw new InvalidOperationException($"the machine {moving} is moving");
        }

        IHandoverPort[] ports = [.. LivePorts().Select(pair => pair.Port)];
        Array.ForEach(ports, port => port.Pause());
        try
        {
            // What was begun is finished: the rest of superframes, and what workers handed to each other.
            int rounds = 0;
            do
            {
                _ = of.RunOnce(Timestamp.FromMonotonicClock());
            }
            while (Array.Exists(ports, port => port.HasBegun) && ++rounds < MaxRounds);

            HandoverGoods goods = Goods([.. ports.Select(port => port.Yield())]);
            HandoverProtocol.Send(channel, goods, HandoverProtocol.Json.HandoverGoods, [], HandoverProtocol.StandstillPatience);
            HandoverProtocol.Expect(channel, HandoverProtocol.Taken, HandoverProtocol.StandstillPatience);
            channel.Send(HandoverProtocol.Yours, [], HandoverProtocol.StandstillPatience);
        }
        catch (IOException)
        {
            Array.ForEach(ports, port => port.Continue());
            throw;
        }
    }

    private HandoverGoods Goods(IReadOnlyList<IReadOnlyList<long>> positions)
    {
        long stoodStillAt = Timestamp.FromMonotonicClock().Nanoseconds;
        return new HandoverGoods(positions, of.Snapshot(), stoodStillAt, cluster?.Export());
    }

    private IEnumerable<(PortPlan Plan, IHandoverPort Port)> LivePorts() =>
        of.Plan.Ports.Zip(of.Ports).Where(pair => pair.Second is IHandoverPort).Select(pair => (pair.First, (IHandoverPort)pair.Second));

    private static OfferedPort Describe(PortPlan plan, IHandoverPort port, List<int> descriptors)
    {
        PortHandover? handover = port.Offer();
        descriptors.AddRange(handover?.Descriptors ?? []);
        return new OfferedPort(plan.Name, plan.Device, plan.NetworkNamespace, plan.Kind, plan.Driver, plan.MtuBytes, handover?.Layout, handover?.Descriptors.Count ?? 0);
    }

    /// <summary>What would be there twice while the two processes overlap, and may not be.</summary>
    private string? Obstacle() =>
        of.Plan.Ports.FirstOrDefault(port => port.Kind == PortKind.Pcap) is { } capture ? $"port {capture.Name} is a capture file, which two processes cannot write"
        : of.Plan.Ports.Zip(of.Ports).FirstOrDefault(pair => pair.First.Kind != PortKind.Bond && pair.Second is not IHandoverPort).First is { } strange ? $"port {strange.Name} is of a kind that cannot be handed over"
        : MovingMachine is string moving ? $"the machine {moving} is moving"
        : null;
}
