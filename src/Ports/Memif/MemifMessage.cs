using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Ports.Memif;

/// <summary>
/// A message of the control socket, version 2.0 of the protocol: a type and 126 bytes that depend on it, in the machine's byte order. What
/// comes from a peer is read field by field and believed in nothing.
/// </summary>
internal ref struct MemifMessage
{
    public const int Bytes = 128;
    public const ushort Version = 0x0200;
    public const int MaxQueues = 16;
    public const int MaxRegions = 16;
    public const int MaxLog2RingSlots = 14;
    private const int NameBytes = 32;
    private const int ReasonBytes = 96;

    private readonly Span<byte> _bytes;

    public MemifMessage(Span<byte> bytes) => _bytes = bytes[..Bytes];

    /// <summary>The bytes as they are.</summary>
    public readonly Span<byte> Raw => _bytes;

    public readonly MemifMessageType Type => (MemifMessageType)Get<ushort>(0);

    // HELLO: name, lowest and highest version, highest region, highest ring to the client and to the server, log2 of most slots.
    public readonly (ushort Lowest, ushort Highest) Versions => (Get<ushort>(34), Get<ushort>(36));

    public readonly int HelloQueues => Math.Min((int)Get<ushort>(40), Get<ushort>(42)) + 1;

    public readonly int HelloLog2RingSlots => _bytes[44];

    // INIT: version, interface, mode, secret, name.
    public readonly ushort InitVersion => Get<ushort>(2);

    public readonly uint InitInterface => Get<uint>(4);

    public readonly bool IsEthernet => _bytes[8] == 0;

    // ADD_REGION: index, bytes.
    public readonly int RegionIndex => Get<ushort>(2);

    public readonly ulong RegionBytes => Get<ulong>(4);

    // ADD_RING: flags, index, region, offset, log2 of slots, bytes of a private header.
    public readonly bool RingIsToServer => (Get<ushort>(2) & 1) != 0;

    public readonly int RingIndex => Get<ushort>(4);

    public readonly int RingRegion => Get<ushort>(6);

    public readonly uint RingOffset => Get<uint>(8);

    public readonly int RingLog2Slots => _bytes[12];

    // DISCONNECT: code, reason.
    public readonly string Reason => Encoding.ASCII.GetString(_bytes.Slice(6, ReasonBytes)).Split('\0')[0].ReplaceLineEndings(" ");

    public readonly void Begin(MemifMessageType type)
    {
        _bytes.Clear();
        Set(0, (ushort)type);
    }

    public readonly void Hello(string name, int queues)
    {
        Begin(MemifMessageType.Hello);
        Write(2, name, NameBytes);
        Set(34, Version);
        Set(36, Version);
        Set(38, (ushort)(MaxRegions - 1));
        Set(40, (ushort)(queues - 1));
        Set(42, (ushort)(queues - 1));
        _bytes[44] = MaxLog2RingSlots;
    }

    public readonly void Init(string name, uint interfaceId)
    {
        Begin(MemifMessageType.Init);
        Set(2, Version);
        Set(4, interfaceId);
        Write(33, name, NameBytes);
    }

    public readonly void AddRegion(int index, ulong bytes)
    {
        Begin(MemifMessageType.AddRegion);
        Set(2, (ushort)index);
        Set(4, bytes);
    }

    public readonly void AddRing(bool toServer, int index, uint offset, int log2Slots)
    {
        Begin(MemifMessageType.AddRing);
        Set(2, (ushort)(toServer ? 1 : 0));
        Set(4, (ushort)index);
        Set(8, offset);
        _bytes[12] = (byte)log2Slots;
    }

    public readonly void Connect(string name, bool isAnswer)
    {
        Begin(isAnswer ? MemifMessageType.Connected : MemifMessageType.Connect);
        Write(2, name, NameBytes);
    }

    public readonly void Disconnect(string reason)
    {
        Begin(MemifMessageType.Disconnect);
        Write(6, reason, ReasonBytes);
    }

    private readonly T Get<T>(int at)
        where T : unmanaged => MemoryMarshal.Read<T>(_bytes.Slice(at, Unsafe.SizeOf<T>()));

    private readonly void Set<T>(int at, T value)
        where T : unmanaged => MemoryMarshal.Write(_bytes.Slice(at, Unsafe.SizeOf<T>()), value);

    /// <summary>Leaves the terminating zero.</summary>
    private readonly void Write(int at, string text, int room) => Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, room - 1)), _bytes[at..]);
}

/// <summary>Types of <see cref="MemifMessage"/>.</summary>
internal enum MemifMessageType : ushort
{
    None,
    Ack,
    Hello,
    Init,
    AddRegion,
    AddRing,
    Connect,
    Connected,
    Disconnect,
}
