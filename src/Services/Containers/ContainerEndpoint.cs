namespace Weft.Services;

/// <summary>The container's end of a <see cref="ContainerRing"/>, for services in processes of their own.</summary>
/// <remarks>One thread uses an endpoint. Call <see cref="Beat"/> more often than the host's patience lasts, also while nothing is to be done.</remarks>
public sealed unsafe class ContainerEndpoint
{
    private readonly byte* _memory;
    private readonly int _slots;
    private readonly int _slotBytes;
    private uint _taken;
    private uint _given;

    private ContainerEndpoint(byte* memory, int slots, int slotBytes)
    {
        _memory = memory;
        (_slots, _slotBytes) = (slots, slotBytes);
        // What an earlier process left undone is lost; the host knows.
        _taken = Volatile.Read(ref *(uint*)(memory + RingLayout.RequestPosition));
        _given = Volatile.Read(ref *(uint*)(memory + RingLayout.ReplyPosition));
    }

    /// <summary>Joins a ring.</summary>
    /// <param name="memory">The shared memory.</param>
    /// <param name="bytes">Its length.</param>
    /// <returns>Null if a host has not prepared it, or has another version.</returns>
    public static ContainerEndpoint? TryJoin(byte* memory, long bytes)
    {
        if (bytes < RingLayout.Requests || Volatile.Read(ref *(uint*)memory) != RingLayout.Magic || *(uint*)(memory + 4) != RingLayout.Version)
        {
            return null;
        }

        (uint slots, uint slotBytes) = (*(uint*)(memory + 8), *(uint*)(memory + 12));
        return RingLayout.IsPossible(slots, slotBytes) && bytes >= RingLayout.Bytes((int)slots, (int)slotBytes) ? new ContainerEndpoint(memory, (int)slots, (int)slotBytes) : null;
    }

    /// <summary>Gives a sign of life.</summary>
    public void Beat() => Volatile.Write(ref *(ulong*)(_memory + RingLayout.Heartbeat), *(ulong*)(_memory + RingLayout.Heartbeat) + 1);

    /// <summary>Takes a packet.</summary>
    /// <param name="request">Gets it.</param>
    /// <returns>False if none waits.</returns>
    public bool TryTake(out ContainerRequest request)
    {
        if (Volatile.Read(ref *(uint*)(_memory + RingLayout.RequestPosition)) == _taken)
        {
            request = default;
            return false;
        }

        byte* entry = _memory + RingLayout.Requests + (_taken++ & (uint)(_slots - 1)) * RingLayout.EntryBytes;
        request = new ContainerRequest(*(int*)entry, *(uint*)(entry + 4), *(int*)(entry + 8), (ServiceDirection)entry[12]);
        return true;
    }

    /// <summary>The room of a packet: its bytes, and what it can grow by.</summary>
    public Span<byte> Room(in ContainerRequest request) => new(_memory + RingLayout.Packets(_slots) + (long)request.Slot * _slotBytes, _slotBytes);

    /// <summary>Gives a packet back.</summary>
    /// <param name="request">The packet.</param>
    /// <param name="verdict"><see cref="ServiceVerdict.Pass"/>, <see cref="ServiceVerdict.Drop"/> or <see cref="ServiceVerdict.Consume"/>.</param>
    /// <param name="length">Its length now.</param>
    public void Reply(in ContainerRequest request, ServiceVerdict verdict, int length)
    {
        byte* entry = _memory + RingLayout.Replies(_slots) + (_given & (uint)(_slots - 1)) * RingLayout.EntryBytes;
        *(int*)entry = request.Slot;
        *(uint*)(entry + 4) = request.Ticket;
        *(int*)(entry + 8) = length;
        entry[12] = (byte)verdict;
        Volatile.Write(ref *(uint*)(_memory + RingLayout.ReplyPosition), ++_given);
    }
}
