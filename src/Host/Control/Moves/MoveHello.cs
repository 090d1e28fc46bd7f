using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weft.Host.Control;

/// <summary>What the host that has a machine says of a move.</summary>
/// <param name="Machine">Number of the machine.</param>
/// <param name="Move">Number of the move, random.</param>
/// <param name="Epoch">Epoch under which it owns the machine.</param>
internal readonly record struct MoveHello(uint Machine, ulong Move, ulong Epoch)
{
    private const int Length = 20;
    private const int MaxKeys = 1024;

    /// <summary>Digests of the keys with which the host encrypts for the machine.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public MoveFrame ToFrame()
    {
        byte[] body = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, Machine);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(4), Move);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(12), Epoch);
        return new MoveFrame(MoveFrameKind.Hello, [.. body, .. Keys.Take(MaxKeys).SelectMany(Convert.FromHexString)]);
    }

    /// <exception cref="IOException">It is none.</exception>
    public static MoveHello Read(ReadOnlySpan<byte> body) => body.Length >= Length && (body.Length - Length) % SHA256.HashSizeInBytes == 0
        ? new MoveHello(BinaryPrimitives.ReadUInt32LittleEndian(body), BinaryPrimitives.ReadUInt64LittleEndian(body[4..]), BinaryPrimitives.ReadUInt64LittleEndian(body[12..])) { Keys = KeysOf(body[Length..]) }
        : throw new IOException($"A greeting of {body.Length} bytes is impossible.");

    private static List<string> KeysOf(ReadOnlySpan<byte> digests)
    {
        var keys = new List<string>();
        for (; !digests.IsEmpty; digests = digests[SHA256.HashSizeInBytes..])
        {
            keys.Add(Convert.ToHexString(digests[..SHA256.HashSizeInBytes]));
        }

        return keys;
    }
}
