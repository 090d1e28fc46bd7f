namespace Weft.Ports.Linux;

/// <summary>One descriptor that is readable when any of several is (epoll(7)).</summary>
internal static unsafe class EventGroup
{
    /// <exception cref="IOException">The system refused.</exception>
    public static int Of(IEnumerable<int> descriptors)
    {
        int events = LinuxError.Check(Libc.epoll_create1(Libc.EPOLL_CLOEXEC), "cannot watch several queues");
        // struct epoll_event, packed: events and data.
        byte* interest = stackalloc byte[12];
        *(uint*)interest = Libc.EPOLLIN;
        foreach (int descriptor in descriptors)
        {
            *(ulong*)(interest + 4) = (ulong)descriptor;
            LinuxError.Check(Libc.epoll_ctl(events, Libc.EPOLL_CTL_ADD, descriptor, interest), "cannot watch a queue");
        }

        return events;
    }
}
