using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>
/// Lets a worker with nothing to do sleep until a frame arrives on one of its ports, a time is reached or somebody wakes it
/// (poll(2)). Waiting allocates nothing; waking may be done from any thread.
/// </summary>
public sealed unsafe class Poller : IDisposable
{
    private readonly IPort[] _ports;
    private readonly Libc.PollDescriptor* _descriptors;
    private readonly int _alarm;

    /// <summary>Prepares to wait for ports. Those without a descriptor never end the wait.</summary>
    /// <exception cref="IOException">The system refused an event descriptor.</exception>
    public Poller(params ReadOnlySpan<IPort> ports)
    {
        _ports = ports.ToArray();
        _alarm = LinuxError.Check(Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC), "cannot make an event descriptor");
        _descriptors = (Libc.PollDescriptor*)NativeMemory.AllocZeroed((nuint)_ports.Length + 1, (nuint)sizeof(Libc.PollDescriptor));
    }

    /// <summary>Waits.</summary>
    /// <param name="timeout">At most this long; zero only looks.</param>
    /// <returns>True if a port has a frame or <see cref="Wake"/> was called, false if the time was up.</returns>
    public bool Wait(TimeSpan timeout)
    {
        // A port that lost its device has a new descriptor when it is back, so they are read every time. poll skips those of -1.
        for (int i = 0; i < _ports.Length; i++)
        {
            _descriptors[i] = new Libc.PollDescriptor { Descriptor = _ports[i].PollDescriptor, Events = Libc.POLLIN };
        }

        _descriptors[_ports.Length] = new Libc.PollDescriptor { Descriptor = _alarm, Events = Libc.POLLIN };
        long nanoseconds = Math.Max(0, timeout.Ticks) * Timestamp.NanosecondsPerTick;
        var time = new Libc.TimeSpec { Seconds = (nint)(nanoseconds / 1_000_000_000), Nanoseconds = (nint)(nanoseconds % 1_000_000_000) };
        bool ready = Libc.ppoll(_descriptors, (nuint)_ports.Length + 1, &time, null) > 0;
        if (ready)
        {
            Settle();
        }

        return ready;
    }

    /// <summary>True if the port with this position had a frame when <see cref="Wait"/> returned.</summary>
    public bool IsReady(int port) => (uint)port < (uint)_ports.Length && (_descriptors[port].Returned & Libc.POLLIN) != 0;

    /// <summary>Ends a wait that another thread is in, or its next one.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Libc.write(_alarm, &one, sizeof(ulong));
    }

    /// <summary>Frees the event descriptor; the ports are the caller's.</summary>
    public void Dispose()
    {
        _ = Libc.close(_alarm);
        NativeMemory.Free(_descriptors);
    }

    /// <summary>Takes back what would make the next wait return at once: the alarm, and the error that a socket keeps when its device goes down.</summary>
    private void Settle()
    {
        if (_descriptors[_ports.Length].Returned != 0)
        {
            ulong count;
            _ = Libc.read(_alarm, &count, sizeof(ulong));
        }

        for (int i = 0; i < _ports.Length; i++)
        {
            if ((_descriptors[i].Returned & Libc.POLLERR) != 0)
            {
                int error;
                int length = sizeof(int);
                _ = Libc.getsockopt(_descriptors[i].Descriptor, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &length);
            }
        }
    }
}
