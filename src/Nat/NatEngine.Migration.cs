using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Machines that move: their flows go with them, and keep their external endpoints.</summary>
public sealed partial class NatEngine
{
    private readonly FlowTable<FlowKey4, MovedFlow> _moved;

    /// <summary>
    /// Hands a machine's flows over to another host: its entries end here, their ports stay taken, and packets that still come
    /// for them are redirected to it. To be called once the other host has imported them.
    /// </summary>
    /// <param name="scope">The machine's network.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="host">Where the machine is now: the address of that host's tunnels.</param>
    /// <param name="now">The time.</param>
    /// <returns>External endpoints that are redirected from now on, until their flows have been silent for their idle time.</returns>
    public int MoveOut(uint scope, IPv4Address machine, IPv6Address host, Timestamp now)
    {
        int moved = 0;
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        for (int round = 0; round < 2; round++)
        {
            // Every port is held before anything ends: a mapping ends with its last session, and would give its port back.
            int cursor = 0;
            do
            {
                int live = _entries.Slice(ref cursor, slice);
                foreach (FlowHandle handle in slice[..live])
                {
                    if (!_entries.IsLive(handle) || _entries.ForwardKeyOf(handle).Source != machine || _entries.ForwardKeyOf(handle).Scope != scope)
                    {
                        continue;
                    }

                    if (round == 0)
                    {
                        _statics -= _entries[handle].IsStatic ? 1 : 0;
                        _entries[handle].IsStatic = false;
                        moved += TryHoldMoved(handle, host, now) ? 1 : 0;
                    }
                    else if (_entries[handle].Kind != NatEntryKind.Mapping || _entries[handle].Sessions == 0)
                    {
                        End(handle, now);
                    }
                }
            }
            while (cursor != 0);
        }

        return moved;
    }

    /// <summary>
    /// Redirects a machine that moved away, and moved on since, to the host where it is now. To be called on every host that has ports of the
    /// machine's flows.
    /// </summary>
    /// <param name="scope">The machine's network.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="host">Where it is now.</param>
    /// <returns>External endpoints that are redirected there from now on.</returns>
    public int Retarget(uint scope, IPv4Address machine, IPv6Address host)
    {
        int changed = 0;
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        int cursor = 0;
        do
        {
            int live = _moved.Slice(ref cursor, slice);
            foreach (FlowHandle handle in slice[..live])
            {
                ref MovedFlow flow = ref _moved[handle];
                if (flow.Machine == machine && flow.Scope == scope)
                {
                    flow.Host = host;
                    changed++;
                }
            }
        }
        while (cursor != 0);
        return changed;
    }

    /// <summary>Ends redirections that have been silent for the idle time of established TCP, and gives their ports back.</summary>
    /// <param name="cursor">Where to go on: 0 at first, then what the previous call left.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many ended.</returns>
    public int SweepMoved(ref int cursor, Timestamp now)
    {
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        int live = _moved.Slice(ref cursor, slice);
        int ended = 0;
        foreach (FlowHandle handle in slice[..live])
        {
            MovedFlow flow = _moved[handle];
            if (flow.LastSeen + _options.Timeouts.TcpEstablished <= now)
            {
                EndMoved(handle, now);
                ended++;
            }
        }

        return ended;
    }

    /// <summary>Takes the port of an entry over, to redirect what still comes for it.</summary>
    private bool TryHoldMoved(FlowHandle handle, IPv6Address host, Timestamp now)
    {
        ref NatEntry entry = ref _entries[handle];
        bool isAssociation = entry.Kind == NatEntryKind.Association;
        if (!(entry.HoldsPort || isAssociation) || entry.Block == PortPool.Foreign)
        {
            return false;
        }

        FlowKey4 forward = _entries.ForwardKeyOf(handle);
        FlowKey4 reverse = _entries.ReverseKeyOf(handle);
        FlowKey4 key = OutsideKey(default, 0, reverse.Protocol, reverse.Destination, reverse.DestinationPort);
        if (_moved.Add(in key, out FlowHandle stub) != FlowAddResult.Added)
        {
            return false;
        }

        _moved[stub] = new MovedFlow { Host = host, LastSeen = now, Machine = forward.Source, Scope = forward.Scope, Block = entry.Block, IsAssociation = isAssociation };
        entry.Block = PortPool.Foreign;
        return true;
    }

    private void EndMoved(FlowHandle handle, Timestamp now)
    {
        MovedFlow flow = _moved[handle];
        FlowKey4 key = _moved.KeyOf(handle);
        if (flow.IsAssociation)
        {
            CountInBlock(flow.Block, -1);
        }
        else
        {
            _pool.Release(flow.Block, key.Protocol, key.DestinationPort, now);
        }

        _ = _moved.Remove(handle);
    }

    private bool TryFindMoved(in NatPacket at, ushort port, Timestamp now, out IPv6Address host)
    {
        host = default;
        if (_moved.Count == 0)
        {
            return false;
        }

        // An ICMP error is about the flow that it embeds; its port is that flow's, whichever protocol that has.
        FlowHandle stub = _moved.Find(OutsideKey(default, 0, at.Protocol, at.Destination, port));
        if (stub.IsNone && at.Kind == NatPacketKind.IcmpError)
        {
            stub = _moved.Find(OutsideKey(default, 0, IpProtocol.Udp, at.Destination, port));
            stub = stub.IsNone ? _moved.Find(OutsideKey(default, 0, IpProtocol.Tcp, at.Destination, port)) : stub;
            stub = stub.IsNone ? _moved.Find(OutsideKey(default, 0, IpProtocol.Sctp, at.Destination, port)) : stub;
        }

        if (stub.IsNone)
        {
            return false;
        }

        _moved[stub].LastSeen = now;
        host = _moved[stub].Host;
        return true;
    }

    /// <summary>Gives the port of a flow that comes back to its old host from the redirection to the flow.</summary>
    private bool TryTakeBack(int block, in FlowKey4 outside)
    {
        FlowKey4 key = OutsideKey(default, 0, outside.Protocol, outside.Destination, outside.DestinationPort);
        FlowHandle stub = _moved.Find(in key);
        if (stub.IsNone || _moved[stub].Block != block)
        {
            return false;
        }

        CountInBlock(block, _moved[stub].IsAssociation ? -1 : 0);
        return _moved.Remove(stub);
    }

    /// <summary>Ends the redirections of a block that is given up.</summary>
    private void ForgetMoved(int block)
    {
        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        int cursor = 0;
        do
        {
            int live = _moved.Slice(ref cursor, slice);
            foreach (FlowHandle handle in slice[..live])
            {
                if (_moved[handle].Block == block)
                {
                    _ = _moved.Remove(handle);
                }
            }
        }
        while (cursor != 0);
    }

    private struct MovedFlow
    {
        public IPv6Address Host;
        public Timestamp LastSeen;
        public IPv4Address Machine;
        public uint Scope;
        public byte Block;
        public bool IsAssociation;
    }
}
