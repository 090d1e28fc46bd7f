using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>What there is, for people to look at.</summary>
public sealed partial class ReturnPathTable
{
    /// <summary>Copies flows out, those of IPv4 first, a slice of the table at a time; changes nothing and allocates nothing.</summary>
    /// <param name="cursor">Where to go on: 0 at first, then what the previous call left; 0 again at the end.</param>
    /// <param name="destination">Gets them; 64 at least.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// How many there are, 0 to 64. A flow that lives through a whole round is there exactly once; one that has been idle for too long
    /// and that nobody came by is there as well, so that all of a round are as many as <see cref="Count"/>.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 64.</exception>
    public int CopyTo(ref int cursor, Span<LbFlow> destination, Timestamp now)
    {
        if (destination.Length < AgeSlice)
        {
            throw new ArgumentException($"The destination holds {destination.Length} flows; {AgeSlice} are copied at a time.", nameof(destination));
        }

        Span<FlowHandle> slice = stackalloc FlowHandle[AgeSlice];
        uint seconds = Seconds(now);
        int live;
        if (cursor >= 0)
        {
            live = _v4.Flows.Slice(ref cursor, slice);
            for (int i = 0; i < live; i++)
            {
                ref readonly FlowKey4 key = ref _v4.Flows.KeyOf(slice[i]);
                ReturnRecord flow = _v4.Flows[slice[i]];
                destination[i] = new LbFlow(
                    key.Scope, key.Protocol, true, IPv6Address.MapIPv4(key.Source), key.SourcePort, IPv6Address.MapIPv4(key.Destination), key.DestinationPort,
                    flow.Lb, flow.Stage, flow.IdleAt(seconds));
            }

            // Negative cursors are places of the other table: its place 0 follows the last one of this.
            cursor = cursor == 0 ? ~0 : cursor;
            return live;
        }

        int place = ~cursor;
        live = _v6.Flows.Slice(ref place, slice);
        for (int i = 0; i < live; i++)
        {
            ref readonly FlowKey6 key = ref _v6.Flows.KeyOf(slice[i]);
            ReturnRecord flow = _v6.Flows[slice[i]];
            destination[i] = new LbFlow(
                key.Scope, key.Protocol, false, key.Source, key.SourcePort, key.Destination, key.DestinationPort, flow.Lb, flow.Stage, flow.IdleAt(seconds));
        }

        cursor = place == 0 ? 0 : ~place;
        return live;
    }
}
