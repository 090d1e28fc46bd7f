namespace Weft.MeshAgent.Loops;

/// <summary>
/// Pinned buffers of one loop, taken by connections while they hold bytes that cannot go on and given back when they have gone.
/// An idle connection has none.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>Room for four TLS records of 16 KiB with their headers and tags, and the start of a fifth.</summary>
    public const int BufferBytes = 72 * 1024;

    /// <summary>Buffers that are kept; what is given back beyond goes to the garbage collector.</summary>
    private const int Kept = 256;

    private readonly Stack<byte[]> _free = new(Kept);

    public byte[] Rent()
    {
        return _free.TryPop(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    }

    public void Return(byte[] buffer)
    {
        if (_free.Count < Kept)
        {
            _free.Push(buffer);
        }
    }
}
