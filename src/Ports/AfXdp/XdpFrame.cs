namespace Weft.Ports.AfXdp;

/// <summary>struct xdp_desc: where a frame is in the shared memory.</summary>
internal struct XdpFrame
{
    public ulong Address;
    public uint Length;
    public uint Options;
}
