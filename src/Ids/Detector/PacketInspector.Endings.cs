using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Conversations that end: what is held of them is looked at, an observer is told, and they are forgotten.</summary>
internal sealed partial class PacketInspector
{
    private const int SliceLength = 16;

    private int _finishCursor;
    private int _sweepCursor;

    /// <summary>Looks at what is held of all conversations and forgets them.</summary>
    public int Finish(Timestamp now, Span<Alert> alerts)
    {
        int count = 0;
        Span<FlowHandle> handles = stackalloc FlowHandle[SliceLength];
        while (count < alerts.Length)
        {
            int found = _flows.Slice(ref _finishCursor, handles);
            foreach (FlowHandle handle in handles[..found])
            {
                Forget(handle, now, ConversationEnd.Shutdown, alerts, ref count);
            }

            if (_finishCursor == 0)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Forgets conversations that are over, in some places of the table.</summary>
    public int Sweep(Timestamp now, int places, Span<Alert> alerts)
    {
        int count = 0;
        Span<FlowHandle> handles = stackalloc FlowHandle[SliceLength];
        for (int left = places; left > 0 && count < alerts.Length; left -= SliceLength)
        {
            int found = _flows.Slice(ref _sweepCursor, handles[..Math.Min(left, SliceLength)]);
            foreach (FlowHandle handle in handles[..found])
            {
                if (ConversationTable.IsDone(in _flows[handle], now))
                {
                    Forget(handle, now, ConversationEnd.Timeout, alerts, ref count);
                }
            }

            if (_sweepCursor == 0)
            {
                break;
            }
        }

        return count;
    }

    private void Forget(FlowHandle handle, Timestamp now, ConversationEnd why, Span<Alert> alerts, ref int alertCount)
    {
        FlowTuple key = _flows.KeyOf(handle);
        ref FlowState flow = ref _flows[handle];
        Close(in key, ref flow, now, alerts, ref alertCount);
        _connections.Release(ref flow);
        _teller?.TellEnd(in flow, in key, why);
        _flows.Remove(handle);
    }

    /// <summary>Looks at what is held of a conversation that ends, as if another packet had come.</summary>
    private void Close(in FlowTuple key, ref FlowState flow, Timestamp now, Span<Alert> alerts, ref int alertCount)
    {
        if (flow.Client.StreamUse == 0 && flow.Server.StreamUse == 0)
        {
            return;
        }

        _matcher.Matches.Clear();
        var inspection = new Inspection { Packet = ConversationTable.FactsOf(in key, flow.ClientIsLow), Flow = ref flow, Now = now, ToServer = true, HasBeginning = true };
        _connections.Close(ref inspection);
        _ = _conclusion.Conclude(_scratch.Image, ref inspection, alerts, ref alertCount);
    }
}
