using System.Diagnostics.CodeAnalysis;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// SYNs that came uninvited: nothing is said for some seconds, so that a simultaneous open can succeed, and then an ICMP error
/// (RFC 5382 REQ-4). All wait equally long, so the order in which they came is that in which they are due.
/// </summary>
internal sealed class SynHold : IDisposable
{
    /// <summary>Octets of header and TCP that an ICMP error embeds (RFC 792).</summary>
    public const int EmbeddedLength = 28;

    private readonly FlowTable<FlowKey4, Waiting> _waiting;
    private readonly FlowHandle[] _ring;
    private readonly TimeSpan _wait;
    private long _head;
    private long _tail;

    public SynHold(int capacity, TimeSpan wait, HashSeed seed)
    {
        _waiting = new FlowTable<FlowKey4, Waiting>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        _ring = new FlowHandle[capacity];
        _wait = wait;
    }

    /// <summary>Remembers a SYN by the key of packets from outside; not if there is no room or it waits already.</summary>
    public void Hold(in FlowKey4 inbound, ReadOnlySpan<byte> packet, int headerLength, Timestamp now)
    {
        if (_head - _tail == _ring.Length || _waiting.Add(in inbound, out FlowHandle handle) != FlowAddResult.Added)
        {
            return;
        }

        ref Waiting waiting = ref _waiting[handle];
        waiting.Due = now + _wait;
        packet[..20].CopyTo(waiting.Bytes);
        packet.Slice(headerLength, 8).CopyTo(waiting.Bytes[20..]);
        waiting.Bytes[0] = 0x45; // options are left out
        _ring[_head++ % _ring.Length] = handle;
    }

    /// <summary>Forgets the SYN that a connection from inside answers.</summary>
    public void Answered(in FlowKey4 inbound)
    {
        if (_waiting.Count > 0)
        {
            _ = _waiting.Remove(in inbound);
        }
    }

    /// <summary>Takes the first SYN that nobody answered in time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="packet">Gets the start of its datagram.</param>
    public bool TryTakeDue(Timestamp now, Span<byte> packet)
    {
        while (_tail < _head)
        {
            FlowHandle handle = _ring[_tail % _ring.Length];
            if (_waiting.IsLive(handle))
            {
                ref Waiting waiting = ref _waiting[handle];
                if (waiting.Due > now)
                {
                    return false;
                }

                ((ReadOnlySpan<byte>)waiting.Bytes).CopyTo(packet);
                _ = _waiting.Remove(handle);
                _tail++;
                return true;
            }

            _tail++;
        }

        return false;
    }

    public void Dispose() => _waiting.Dispose();

    private struct Waiting
    {
        public Timestamp Due;
        private Embedded _bytes;

        [UnscopedRef]
        public Span<byte> Bytes => _bytes;
    }

    [System.Runtime.CompilerServices.InlineArray(EmbeddedLength)]
    private struct Embedded
    {
        private byte _first;
    }
}
