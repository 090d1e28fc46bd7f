using System.Runtime.InteropServices;
using Weft.Ports.Linux;

namespace Weft.Ports.AfPacket;

/// <summary>The arrays that sendmmsg wants, laid out once and pointed at the frames of a burst.</summary>
internal sealed unsafe class BurstSender : IDisposable
{
    /// <summary>Frames a system call: enough to make its cost vanish, few enough to stay in the first-level cache.</summary>
    public const int MaxFrames = 64;

    private readonly Libc.MultiMessage* _messages;
    private readonly Libc.IoVector* _vectors;

    public BurstSender()
    {
        _messages = (Libc.MultiMessage*)NativeMemory.AllocZeroed(MaxFrames, (nuint)sizeof(Libc.MultiMessage));
        _vectors = (Libc.IoVector*)NativeMemory.AllocZeroed(MaxFrames, (nuint)sizeof(Libc.IoVector));
        for (int i = 0; i < MaxFrames; i++)
        {
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
        }
    }

    /// <summary>Points the next call at a frame.</summary>
    public void Set(int index, nint address, int length)
    {
        _vectors[index].Base = address;
        _vectors[index].Length = length;
    }

    /// <summary>Sends the first <paramref name="count"/> frames; -1 with errno if not even the first could be sent.</summary>
    public int Send(int socket, int count) => Libc.sendmmsg(socket, _messages, (uint)count, Libc.MSG_DONTWAIT);

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
    }
}
