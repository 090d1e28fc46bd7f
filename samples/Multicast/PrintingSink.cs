using Weft.Multicast;

namespace Weft.Samples.Multicast;

/// <summary>Prints where replicas go; the header of each is written into its buffer, the payload stays where it is.</summary>
internal struct PrintingSink : IReplicaSink
{
    private byte[]? _head;

    public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room)
    {
        _head ??= new byte[2048];
        room = _head.AsSpan(0, headBytes);
        return true;
    }

    public readonly void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload) => Console.Write($" port {target.Port}");
}
