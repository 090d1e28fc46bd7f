namespace Weft.Ports.AfXdp;

/// <summary>The kernel's constants for AF_XDP sockets and for loading their program (linux/if_xdp.h, linux/if_link.h, linux/bpf.h).</summary>
internal static class XdpConstants
{
    public const int Family = 44;
    public const int Level = 283;

    public const int MemoryMapOffsets = 1;
    public const int ReceiveRing = 2;
    public const int TransmitRing = 3;
    public const int MemoryRegistration = 4;
    public const int FillRing = 5;
    public const int CompletionRing = 6;
    public const int Statistics = 7;
    public const int TransmitBudget = 9;

    public const ushort BindCopy = 1 << 1;
    public const ushort BindZeroCopy = 1 << 2;
    public const ushort BindNeedsWakeup = 1 << 3;
    public const uint RingNeedsWakeup = 1;

    public const long ReceiveOffset = 0;
    public const long TransmitOffset = 0x8000_0000;
    public const long FillOffset = 0x1_0000_0000;
    public const long CompletionOffset = 0x1_8000_0000;

    /// <summary>Bytes that the kernel keeps free in front of a frame, for programs that push headers (XDP_PACKET_HEADROOM).</summary>
    public const int Headroom = 256;

    public const int BpfMapCreate = 0;
    public const int BpfMapUpdate = 2;
    public const int BpfProgramLoad = 5;
    public const int BpfLinkCreate = 28;
    public const int MapTypeSockets = 17;
    public const int ProgramTypeXdp = 6;
    public const int AttachXdp = 37;
    public const uint AttachGeneric = 1 << 1;
    public const uint AttachNative = 1 << 2;
}
