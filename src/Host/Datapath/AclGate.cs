using System.Globalization;
using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <summary>What both ends of access control have in common: words for traces, events, answers to those who are rejected.</summary>
internal sealed class AclGate(SwitchTopology topology, AccessFilter filter, EventLog events, Timestamp start)
{
    /// <summary>Answers a second: errors have a limit (RFC 4443 section 2.4 f).</summary>
    private const int AnswersPerSecond = 1000;

    private TokenBucket _answers = new(AnswersPerSecond, AnswersPerSecond / 10, start);
    private EventPace _pace = new(start);

    public AccessFilter Filter => filter;

    /// <summary>The segment of a frame at a port; -1 if there is none.</summary>
    public int SegmentOf(int port, ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        ushort vlan = FrameVlan.Of(frame, layout, topology.Plan.Ports[port].NativeVlan);
        return vlan == 0 ? -1 : topology.SegmentOfVlan(vlan);
    }

    /// <summary>Tells of a packet that a rule wants to be told of.</summary>
    public void Tell(in AclVerdict verdict, string port, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (verdict.Basis != AclBasis.Rule || !RuleOf(verdict).IsLogged || !_pace.MayPublish(now))
        {
            return;
        }

        var fields = new PacketFields(frame, layout);
        events.Publish(now, AclEventTypes.Matched, port, ListOf(verdict).Name, RuleOf(verdict).Name, EnumWords<AclAction>.Of(verdict.Action), TextOf(fields, fields.Source), TextOf(fields, fields.Destination), (long)fields.DestinationPort);
    }

    /// <summary>Notes what was decided, for somebody who traces.</summary>
    public void Note(TraceRecorder trace, StageId stage, in AclVerdict verdict, string direction)
    {
        if (verdict.Basis != AclBasis.Unfiltered)
        {
            trace.Note(stage, $"{direction}: {Words(verdict)}");
        }
    }

    /// <summary>The reason behind a verdict that is none of permission.</summary>
    public static DropReason ReasonOf(in AclVerdict verdict) => verdict switch
    {
        { Basis: AclBasis.NoRoom } => DropReason.AclConnectionsFull,
        { Action: AclAction.Reject } => DropReason.AclRejected,
        _ => DropReason.AclDenied,
    };

    /// <summary>Writes what tells a sender that its packet is not wanted. False if nobody is to be told.</summary>
    public bool TryAnswer(PacketVector vector, ushort slot, in AclVerdict verdict, in PacketLayout layout, out ushort made)
    {
        made = 0;
        if (verdict.Action != AclAction.Reject)
        {
            return false;
        }

        Span<byte> answer = stackalloc byte[Rejection.MaxBytes];
        int length = Rejection.Write(vector.Bytes(slot), layout, answer);
        ref PacketContext cause = ref vector[slot];
        if (length == 0 || !_answers.TryTake(vector.Now, 1) || !vector.TryGenerate(cause.Order, cause.Ingress, out made))
        {
            return false;
        }

        ref PacketContext context = ref vector[made];
        _ = vector.Pool.TrySetLength(ref context.Packet, length);
        answer[..length].CopyTo(vector.Bytes(made));
        _ = PacketLayout.TryParse(vector.Bytes(made), out context.Layout);
        return true;
    }

    private AccessList ListOf(in AclVerdict verdict) => topology.Plan.AccessLists[verdict.List];

    private AclRule RuleOf(in AclVerdict verdict) => ListOf(verdict).Rules[verdict.Rule];

    private string Words(in AclVerdict verdict)
    {
        string list = verdict.List < 0 ? "no list in this direction" : $"list {ListOf(verdict).Name}";
        string rule = verdict.List < 0 || verdict.Rule == ListOf(verdict).Rules.Count ? "its default" : $"rule {RuleOf(verdict).Name}";
        return verdict.Basis switch
        {
            AclBasis.Established => $"of a connection that {list} permitted",
            AclBasis.Related => $"about a connection that {list} permitted",
            AclBasis.NeighborDiscovery => $"{list}: no rule is about it, and neighbour discovery passes",
            AclBasis.NoRoom => "no room to remember one more connection",
            _ => $"{list}, {rule}: {EnumWords<AclAction>.Of(verdict.Action)}",
        };
    }

    private static string TextOf(in PacketFields fields, IPv6Address address) =>
        !fields.IsIp ? "" : fields.IsIPv4 ? new IPv4Address((uint)address.Low).ToString() : address.ToString(null, CultureInfo.InvariantCulture);
}
