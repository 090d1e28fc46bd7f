using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Fragments: what was decided for the first one holds for all (RFC 4787 REQ-14).</summary>
public sealed partial class NatEngine
{
    /// <summary>Takes a fragment that was held and whose first one has come now, translated like that.</summary>
    /// <param name="packet">Gets the datagram; as long as <see cref="FragmentTrackerOptions.FragmentBytes"/>.</param>
    /// <param name="length">Octets of it.</param>
    /// <param name="verdict">What is to be done with it.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeFragment(Span<byte> packet, out int length, out NatVerdict verdict)
    {
        if (!_fragments.TryTakeReleased(packet, out length, out FragmentDecision decision, out _))
        {
            verdict = default;
            return false;
        }

        verdict = Apply(packet[..length], in decision);
        return true;
    }

    /// <summary>Remembers what became of a first fragment.</summary>
    private NatVerdict Learn(ReadOnlySpan<byte> packet, in FragmentKey4 key, in NatVerdict verdict, Timestamp now)
    {
        var decision = new FragmentDecision
        {
            Verdict = verdict with { ErrorDue = false },
            Source = IPv4Address.Read(packet[PacketEdit.SourceOffset..]),
            Destination = IPv4Address.Read(packet[PacketEdit.DestinationOffset..]),
            Identification = PacketEdit.Get16(packet, PacketEdit.IdentificationOffset),
        };
        return verdict with { Released = _fragments.Learn(in key, in decision, now) };
    }

    private NatVerdict TranslateLaterFragment(Span<byte> packet, in FragmentKey4 key, bool inbound, Timestamp now)
    {
        if (_fragments.TryFind(in key, now, out FragmentDecision decision))
        {
            return Apply(packet, in decision);
        }

        if (!_fragments.TryHold(in key, IPv4Address.Read(packet[PacketEdit.SourceOffset..]).Value, packet, 0, now))
        {
            return Drop(NatDropReason.FragmentsFull);
        }

        _counters.FragmentsHeld++;
        return new NatVerdict { Action = NatAction.Held, IsInbound = inbound };
    }

    private NatVerdict Apply(Span<byte> packet, in FragmentDecision decision)
    {
        switch (decision.Verdict.Action)
        {
            case NatAction.Drop:
                return Drop(NatDropReason.FragmentOfDropped);
            case NatAction.Translated or NatAction.Hairpinned:
                _ = PacketEdit.SetAddress(packet, PacketEdit.SourceOffset, decision.Source);
                _ = PacketEdit.SetAddress(packet, PacketEdit.DestinationOffset, decision.Destination);
                PacketEdit.SetHeaderWord(packet, PacketEdit.IdentificationOffset, decision.Identification);
                CountApplied(in decision);
                return decision.Verdict;
            case NatAction.Redirect:
                _counters.Redirected++;
                return decision.Verdict;
            default:
                _counters.Passed++;
                return decision.Verdict;
        }
    }

    private void CountApplied(in FragmentDecision decision)
    {
        if (decision.Verdict.Action == NatAction.Hairpinned)
        {
            _counters.Hairpinned++;
        }
        else if (decision.Verdict.IsInbound)
        {
            _counters.TranslatedInbound++;
        }
        else
        {
            _counters.TranslatedOutbound++;
        }
    }

    private struct FragmentDecision
    {
        public NatVerdict Verdict;
        public IPv4Address Source;
        public IPv4Address Destination;
        public ushort Identification;
    }
}
