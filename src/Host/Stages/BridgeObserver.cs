using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Publishes what a bridge decides where a person may want to know of it. Frames that are merely forwarded cost two comparisons.</summary>
internal sealed class BridgeObserver(SwitchTopology topology, EventLog events, Timestamp start, PortSecurity? security = null)
{
    private static readonly TimeSpan StormInterval = TimeSpan.FromSeconds(1);

    private readonly string[] _ports = [.. topology.Plan.Ports.Select((_, port) => topology.NameOf(BridgeLocation.Port(port)))];
    private readonly string[] _peers = [.. topology.Peers.Select((_, peer) => topology.NameOf(BridgeLocation.Vtep(peer)))];
    private readonly Timestamp[] _nextStorm = [.. topology.Plan.Ports.Select(_ => start)];
    private EventPace _moved = new(start);
    private EventPace _held = new(start);
    private EventPace _limited = new(start);

    public void Note(in BridgeDecision decision, ReadOnlySpan<byte> frame, Timestamp now)
    {
        if (decision.Learned >= LearnResult.Moved)
        {
            NoteLearning(decision, frame, now);
        }

        if (decision.Reason == BridgeDropReason.SourceRefused)
        {
            security?.Note(decision, frame, now);
        }

        if (decision.Reason == BridgeDropReason.StormLimit && now >= _nextStorm[decision.Ingress.Index])
        {
            _nextStorm[decision.Ingress.Index] = now + StormInterval;
            events.Publish(now, BridgeEventTypes.Storm, topology.Plan.Ports[decision.Ingress.Index].Name, SegmentOf(decision), MacAddress.Read(frame));
        }
    }

    private void NoteLearning(in BridgeDecision decision, ReadOnlySpan<byte> frame, Timestamp now)
    {
        MacAddress source = MacAddress.Read(frame[MacAddress.Length..]);
        string place = decision.Ingress.IsVtep ? _peers[decision.Ingress.Index] : _ports[decision.Ingress.Index];
        switch (decision.Learned)
        {
            case LearnResult.Moved when _moved.MayPublish(now):
                events.Publish(now, BridgeEventTypes.MacMoved, "", SegmentOf(decision), source, place);
                break;
            case LearnResult.StaticConflict or LearnResult.StickyConflict or LearnResult.HeldDown when _held.MayPublish(now):
                events.Publish(now, BridgeEventTypes.MacHeld, "", SegmentOf(decision), source, place, EnumWords<LearnResult>.Of(decision.Learned));
                break;
            case LearnResult.LimitReached or LearnResult.TableFull when _limited.MayPublish(now):
                events.Publish(now, BridgeEventTypes.LimitReached, "", SegmentOf(decision), source, place, EnumWords<LearnResult>.Of(decision.Learned));
                break;
            default:
                break;
        }
    }

    private string SegmentOf(in BridgeDecision decision) => topology.SegmentOfVlan(decision.Vlan) is >= 0 and int segment ? topology.Plan.Segments[segment].Name : "";
}
