using Weft.Ports.Linux;

namespace Weft.Ports.AfXdp;

/// <summary>
/// The program in front of a device that hands what a queue receives to the socket of that queue, and everything else to the kernel. It is held
/// by descriptors alone: when the process ends, however it ends, the device is as it was before.
/// </summary>
internal sealed unsafe class XdpProgram : IDisposable
{
    private const int AttributeBytes = 128;
    private const int MaxQueues = 64;

    private readonly int _map;
    private readonly int _program;
    private readonly int _link;

    /// <summary>Loads the program and puts it in front of a device: inside its driver if that can be, else behind it.</summary>
    /// <exception cref="IOException">The system refused: no privilege, or another program is there.</exception>
    public XdpProgram(int device, string name)
    {
        (_map, _program, _link) = (-1, -1, -1);
        try
        {
            _map = CreateMap();
            _program = Load(_map);
            _link = Attach(_program, device, XdpConstants.AttachNative);
            IsNative = _link >= 0;
            if (!IsNative)
            {
                _link = LinuxError.Check(Attach(_program, device, XdpConstants.AttachGeneric), $"cannot attach an XDP program to {name}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>True if the driver runs the program on its own buffers; false if the kernel runs it on copies.</summary>
    public bool IsNative { get; }

    /// <summary>From now on the socket gets what the queue receives.</summary>
    public void Redirect(int queue, int socket)
    {
        if (queue >= MaxQueues)
        {
            throw new IOException($"a device may have {MaxQueues} queues at most");
        }

        byte* attribute = stackalloc byte[AttributeBytes];
        new Span<byte>(attribute, AttributeBytes).Clear();
        *(int*)attribute = _map;
        *(ulong*)(attribute + 8) = (ulong)&queue;
        *(ulong*)(attribute + 16) = (ulong)&socket;
        LinuxError.Check(Bpf(XdpConstants.BpfMapUpdate, attribute), $"cannot give queue {queue} to a socket");
    }

    public void Dispose()
    {
        Close(_link);
        Close(_program);
        Close(_map);

        static void Close(int descriptor) => _ = descriptor >= 0 ? Libc.close(descriptor) : 0;
    }

    private static int CreateMap()
    {
        byte* attribute = stackalloc byte[AttributeBytes];
        new Span<byte>(attribute, AttributeBytes).Clear();
        *(int*)attribute = XdpConstants.MapTypeSockets;
        *(int*)(attribute + 4) = sizeof(int);
        *(int*)(attribute + 8) = sizeof(int);
        *(int*)(attribute + 12) = MaxQueues;
        return LinuxError.Check(Bpf(XdpConstants.BpfMapCreate, attribute), "cannot make a map of sockets (root or CAP_BPF and CAP_NET_ADMIN are needed)");
    }

    private static int Load(int map)
    {
        const int redirectMap = 51, pass = 2, pseudoMap = 1, queueIndexOffset = 16;
        ulong* program = stackalloc ulong[]
        {
            Instruction(0x61, target: 2, source: 1, queueIndexOffset, 0), // r2 = context->rx_queue_index
            Instruction(0x18, target: 1, source: pseudoMap, 0, map), // r1 = map, in two slots
            0,
            Instruction(0xB7, target: 3, source: 0, 0, pass), // r3 = XDP_PASS, if the queue has no socket
            Instruction(0x85, target: 0, source: 0, 0, redirectMap), // r0 = bpf_redirect_map(r1, r2, r3)
            Instruction(0x95, target: 0, source: 0, 0, 0), // return r0
        };
        byte* license = stackalloc byte[] { (byte)'A', (byte)'p', (byte)'a', (byte)'c', (byte)'h', (byte)'e', (byte)'-', (byte)'2', (byte)'.', (byte)'0', 0 };
        byte* attribute = stackalloc byte[AttributeBytes];
        new Span<byte>(attribute, AttributeBytes).Clear();
        *(int*)attribute = XdpConstants.ProgramTypeXdp;
        *(int*)(attribute + 4) = 6;
        *(ulong*)(attribute + 8) = (ulong)program;
        *(ulong*)(attribute + 16) = (ulong)license;
        return LinuxError.Check(Bpf(XdpConstants.BpfProgramLoad, attribute), "cannot load an XDP program (root or CAP_BPF and CAP_NET_ADMIN are needed)");
    }

    private static int Attach(int program, int device, uint mode)
    {
        byte* attribute = stackalloc byte[AttributeBytes];
        new Span<byte>(attribute, AttributeBytes).Clear();
        *(int*)attribute = program;
        *(int*)(attribute + 4) = device;
        *(int*)(attribute + 8) = XdpConstants.AttachXdp;
        *(uint*)(attribute + 12) = mode;
        return Bpf(XdpConstants.BpfLinkCreate, attribute);
    }

    private static ulong Instruction(byte operation, int target, int source, short offset, int immediate) =>
        operation | ((ulong)(uint)(target | (source << 4)) << 8) | ((ulong)(ushort)offset << 16) | ((ulong)(uint)immediate << 32);

    private static int Bpf(int command, byte* attribute) => (int)Libc.syscall(Libc.BpfCall, command, (nint)attribute, AttributeBytes);
}
