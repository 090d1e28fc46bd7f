using Weft.Ports.Offload;

namespace Weft.Ports.AfPacket;

/// <summary>A frame as it lies in a receive ring, good until the ring is told to release it.</summary>
internal unsafe struct RingFrame
{
    private const ushort DefaultTpid = 0x8100;

    /// <summary>First byte of the Ethernet header. The kernel's offload description lies right in front of it.</summary>
    public byte* Data;

    /// <summary>Bytes that fitted the ring.</summary>
    public int Captured;

    /// <summary>Bytes that the frame had.</summary>
    public int Length;

    public uint Status;
    public ushort VlanControl;
    public ushort VlanTpid;

    public readonly ReadOnlySpan<byte> Bytes => new(Data, Captured);

    public readonly bool IsTruncated => Length > Captured;

    /// <summary>True if the whole frame waits in the socket's queue because it did not fit its slot.</summary>
    public readonly bool HasCopy => (Status & PacketSocket.StatusCopy) != 0;

    /// <summary>True if the kernel took the outer VLAN tag out of the frame, which it does for every tagged frame.</summary>
    public readonly bool HasTag => (Status & PacketSocket.StatusVlanValid) != 0;

    /// <summary>The tag as it stood on the wire: protocol identifier and control information.</summary>
    public readonly uint Tag => (uint)((Status & PacketSocket.StatusVlanTpidValid) != 0 ? VlanTpid : DefaultTpid) << 16 | VlanControl;

    public readonly VirtioNetHeader Offload => VirtioNetHeader.Read(new ReadOnlySpan<byte>(Data - VirtioNetHeader.Length, VirtioNetHeader.Length));
}
