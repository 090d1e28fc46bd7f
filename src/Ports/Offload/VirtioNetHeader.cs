using System.Runtime.InteropServices;

namespace Weft.Ports.Offload;

/// <summary>
/// What the kernel says about work that the sender left to the device: struct virtio_net_hdr (virtio 1.2, section 5.1.6), in
/// the ten-byte legacy form that packet sockets put in front of a frame, in the byte order of the machine.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly struct VirtioNetHeader
{
    public const int Length = 10;

    private const byte NeedsChecksumFlag = 1;
    private const byte CongestionBit = 0x80;

    public readonly byte Flags;
    public readonly byte RawGsoType;
    /// <summary>A hint only: Linux fills in how much of the frame is linear, not where the headers end.</summary>
    public readonly ushort HeaderLengthHint;
    public readonly ushort GsoSize;
    public readonly ushort ChecksumStart;
    public readonly ushort ChecksumOffset;

    public VirtioNetHeader(bool needsChecksum, GsoType gsoType, int gsoSize, int checksumStart, int checksumOffset, int headerLength = 0)
    {
        Flags = needsChecksum ? NeedsChecksumFlag : (byte)0;
        RawGsoType = (byte)gsoType;
        HeaderLengthHint = (ushort)headerLength;
        GsoSize = (ushort)gsoSize;
        ChecksumStart = (ushort)checksumStart;
        ChecksumOffset = (ushort)checksumOffset;
    }

    /// <summary>True if the transport checksum covers the pseudo header only, and the rest is left to do.</summary>
    public bool NeedsChecksum => (Flags & NeedsChecksumFlag) != 0;

    /// <summary>How the frame is to be cut; the congestion bit (VIRTIO_NET_HDR_GSO_ECN) changes nothing for software that handles CWR always.</summary>
    public GsoType GsoType => (GsoType)(RawGsoType & ~CongestionBit);

    /// <summary>The same description for a frame that got <paramref name="bytes"/> more in front of its transport header.</summary>
    public VirtioNetHeader Shifted(int bytes) => new(NeedsChecksum, (GsoType)RawGsoType, GsoSize, ChecksumStart + bytes, ChecksumOffset, HeaderLengthHint == 0 ? 0 : HeaderLengthHint + bytes);

    /// <summary>The same description with the length of all headers, which makes the kernel keep these and no more in one piece.</summary>
    public VirtioNetHeader WithHeaders(int bytes) => new(NeedsChecksum, (GsoType)RawGsoType, GsoSize, ChecksumStart, ChecksumOffset, bytes);

    /// <summary>
    /// The same description for segments of which the first reports a reduced congestion window (VIRTIO_NET_HDR_GSO_ECN): a device that would repeat the
    /// report on each of them leaves the cutting to the kernel.
    /// </summary>
    public VirtioNetHeader WithReducedWindow() => new(NeedsChecksum, (GsoType)(RawGsoType | CongestionBit), GsoSize, ChecksumStart, ChecksumOffset, HeaderLengthHint);

    /// <summary>Reads the header at the start of <paramref name="bytes"/>, which must hold ten bytes.</summary>
    public static VirtioNetHeader Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<VirtioNetHeader>(bytes);
}
