using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;

namespace Weft.Sase;

/// <summary>What tenants' services remember, on its way to the backup in the stream in which records of flows go.</summary>
public sealed partial class ManagedServiceNode
{
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>A place of <see cref="_memoryAt"/> whose tenant's services remember nothing.</summary>
    private const byte Nothing = 255;

    private readonly IServiceMemory? _memory;
    private readonly byte[] _said = new byte[IServiceMemory.MaxBytes];

    /// <summary>By place of a segment: the node that is told what its services remember, plus one; 0 if none is.</summary>
    private readonly byte[] _memoryAt;

    private Timestamp _nextMemory;
    private int _memorySlot = int.MaxValue;

    /// <summary>Says what has changed, as far as streams have room.</summary>
    private void TellMemory(Timestamp now)
    {
        if (_memory is null)
        {
            return;
        }

        if (_memorySlot >= _memoryAt.Length && now >= _nextMemory)
        {
            (_memorySlot, _nextMemory) = (0, now + MemoryInterval);
        }

        while (_memorySlot < _memoryAt.Length && (_segments.At(_memorySlot) is not Segment segment || TryTellMemory(_memory, segment, now)))
        {
            _memorySlot++;
        }
    }

    /// <summary>Says everything that there is to say of a bundle; false if a stream has no room for it now.</summary>
    private bool TryTellMemoryOf(int bundle, Timestamp now)
    {
        for (int slot = 0; _memory is not null && slot < _memoryAt.Length; slot++)
        {
            if (_segments.At(slot) is Segment segment && segment.Bundle == bundle && !TryTellMemory(_memory, segment, now))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Says what there is to say of a tenant; false if the stream has no room for all of it.</summary>
    private bool TryTellMemory(IServiceMemory memory, Segment segment, Timestamp now)
    {
        if (TargetOf(segment.Bundle, isCopy: true) is not PeerLink link)
        {
            return true;
        }

        byte backup = _bundles[segment.Bundle].Backup;
        if (_memoryAt[segment.Slot] != backup + 1 && _memoryAt[segment.Slot] != Nothing)
        {
            if (!link.HasRoomToTell)
            {
                return false;
            }

            int length = memory.Begin(segment.Vni, _said);
            _memoryAt[segment.Slot] = length == 0 ? Nothing : (byte)(backup + 1);
            Say(link, segment.Vni, isFirst: true, length);
        }

        while (_memoryAt[segment.Slot] != Nothing)
        {
            if (!link.HasRoomToTell)
            {
                return false;
            }

            int length = memory.Tell(segment.Vni, _said, now);
            Say(link, segment.Vni, isFirst: false, length);
            if (length == 0)
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Says what services remember of a flow that begins, ahead of everything else; false if the stream has no room for it now, or has not begun.</summary>
    private bool TryTellMemoryOf(FlowHandle handle, Segment segment, Timestamp now)
    {
        byte backup = _bundles[segment.Bundle].Backup;
        if (_memory is null || _memoryAt[segment.Slot] == Nothing || !_flows.IsLive(handle))
        {
            return true;
        }

        if (backup == Announcement.NoBackup || _memoryAt[segment.Slot] != backup + 1 || !_links[backup].HasRoomToTell)
        {
            return false;
        }

        _ = _flows.Get(handle, out FlowKey4 inner, out _);
        Say(_links[backup], segment.Vni, isFirst: false, _memory.Tell(segment.Vni, inner, _said, now));
        return true;
    }

    private void Say(PeerLink link, uint vni, bool isFirst, int length)
    {
        if (length > 0)
        {
            link.Append(new MemoryChunk(vni, isFirst, length), _said.AsSpan(0, length));
            _counters.MemoryTold++;
        }
    }

    /// <summary>What a node was told counts for nothing any more: its stream begins anew.</summary>
    private void ForgetTold(PeerLink link)
    {
        int told = Array.IndexOf(_links, link) + 1;
        foreach (ref byte at in _memoryAt.AsSpan())
        {
            at = at == told ? (byte)0 : at;
        }

        _nextMemory = _lastAdvance;
    }

    /// <summary>What anybody was told of a bundle counts for nothing any more: somebody else has owned it meanwhile.</summary>
    private void ForgetTold(int bundle)
    {
        for (int slot = 0; slot < _memoryAt.Length; slot++)
        {
            _memoryAt[slot] = _segments.At(slot) is Segment segment && segment.Bundle == bundle ? (byte)0 : _memoryAt[slot];
        }

        _nextMemory = _lastAdvance;
    }

    private MessageVerdict TakeMemory(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        PeerLink link = _links[header.Member];
        if (!link.Accept(header))
        {
            return MessageVerdict.Stale;
        }

        while (MemoryChunk.TryRead(body, out MemoryChunk chunk))
        {
            // The owner's word is for who has to follow it; who is the owner itself knows better.
            bool isHeard = _segments.Find(chunk.Vni) is Segment segment && _bundles[segment.Bundle].Role == BundleRole.Standby
                && _memory is not null && _memory.TryTake(chunk.Vni, chunk.IsFirst, body.Slice(MemoryChunk.HeaderLength, chunk.Length), now);
            _ = isHeard ? _counters.MemoryTaken++ : _counters.MemoryRefused++;
            body = body[(MemoryChunk.HeaderLength + chunk.Length)..];
        }

        TakeReleases(link);
        return MessageVerdict.Accepted;
    }
}
