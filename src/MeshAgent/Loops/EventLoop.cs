using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Loops;

/// <summary>
/// One thread and one epoll descriptor. All that belongs to a connection happens on its loop, so connections need no locks, and what
/// arrives is answered on the thread that saw it arrive: that is worth more than half of a round trip against handing it to a pool.
/// </summary>
internal sealed unsafe class EventLoop : IDisposable
{
    private const int EventsAtOnce = 128;

    /// <summary>Deadlines are looked at so often.</summary>
    private const int TickMilliseconds = 100;

    // struct epoll_event is packed on x86-64 only (sys/epoll.h).
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventBytes - sizeof(ulong);

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Queue<ILoopWork> _work = new();
    private readonly List<ILoopMember> _members = [];
    private readonly Stack<int> _freeSlots = new();
    private LoopSocket?[] _sockets = new LoopSocket?[64];
    private uint[] _generations = new uint[64];
    private int _slots;
    private int _wakePending;
    private long _nextTick;
    private volatile bool _stopping;

    public EventLoop(string name)
    {
        _epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        _wake = Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC);
        if (_epoll < 0 || _wake < 0)
        {
            throw new IOException($"cannot make an event loop: errno {Marshal.GetLastSystemError()}");
        }

        Control(Libc.EPOLL_CTL_ADD, _wake, Libc.EPOLLIN, ulong.MaxValue);
        Now = Environment.TickCount64;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>Milliseconds of a monotonic clock, read once a round.</summary>
    public long Now { get; private set; }

    /// <summary>Bytes on their way through; nobody keeps them over a call.</summary>
    public byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(BufferPool.BufferBytes, pinned: true);

    /// <summary>A second one, for what is made while the first is in use.</summary>
    public byte[] SecondScratch { get; } = GC.AllocateUninitializedArray<byte>(BufferPool.BufferBytes, pinned: true);

    /// <summary>A third one, for what is gathered while records are read.</summary>
    public byte[] GatherScratch { get; } = GC.AllocateUninitializedArray<byte>(BufferPool.BufferBytes, pinned: true);

    public BufferPool Buffers { get; } = new();

    public LoopCounters Counters { get; } = new();

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => _current == this;

    public void Start() => _thread.Start();

    /// <summary>Has the loop's thread run something; the only member that other threads may use.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
        {
            ulong one = 1;
            _ = Libc.write(_wake, &one, sizeof(ulong));
        }
    }

    /// <summary>Has something go on after the events at hand.</summary>
    public void Schedule(ILoopWork work)
    {
        if (!work.IsScheduled)
        {
            work.IsScheduled = true;
            _work.Enqueue(work);
        }
    }

    public void AddMember(ILoopMember member)
    {
        member.MemberIndex = _members.Count;
        _members.Add(member);
    }

    public void RemoveMember(ILoopMember member)
    {
        int index = member.MemberIndex;
        if (index < 0)
        {
            return;
        }

        ILoopMember last = _members[^1];
        _members[index] = last;
        last.MemberIndex = index;
        _members.RemoveAt(_members.Count - 1);
        member.MemberIndex = -1;
    }

    /// <summary>Watches a socket, edge by edge, until <see cref="Remove"/>.</summary>
    public void Add(LoopSocket socket)
    {
        if (!_freeSlots.TryPop(out int slot))
        {
            slot = _slots++;
            if (slot == _sockets.Length)
            {
                Array.Resize(ref _sockets, slot * 2);
                Array.Resize(ref _generations, slot * 2);
            }
        }

        _sockets[slot] = socket;
        socket.Slot = slot;
        ulong data = ((ulong)_generations[slot] << 32) | (uint)slot;
        Control(Libc.EPOLL_CTL_ADD, socket.Descriptor, Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLET, data);
    }

    /// <summary>Forgets a socket that is about to be closed; events of it that were fetched already are dropped.</summary>
    public void Remove(LoopSocket socket)
    {
        int slot = socket.Slot;
        _sockets[slot] = null;
        _generations[slot]++;
        _freeSlots.Push(slot);
        Control(Libc.EPOLL_CTL_DEL, socket.Descriptor, 0, 0);
    }

    /// <summary>Ends all connections and the thread.</summary>
    public void Dispose()
    {
        if (!_stopping)
        {
            _stopping = true;
            Post(static () => { });
            if (_thread.IsAlive && !IsCurrent)
            {
                _thread.Join();
            }

            _ = Libc.close(_wake);
            _ = Libc.close(_epoll);
        }
    }

    private void Run()
    {
        _current = this;
        byte* events = stackalloc byte[EventsAtOnce * EventBytes];
        while (!_stopping)
        {
            int wait = _work.Count > 0 || !_posted.IsEmpty ? 0 : _members.Count > 0 ? (int)Math.Clamp(_nextTick - Environment.TickCount64, 0, TickMilliseconds) : -1;
            int count = Libc.epoll_wait(_epoll, events, EventsAtOnce, wait);
            Now = Environment.TickCount64;
            for (int i = 0; i < count; i++)
            {
                Dispatch(events + (i * EventBytes));
            }

            RunPosted();
            RunScheduled();
            if (Now >= _nextTick)
            {
                Tick();
            }
        }

        RunPosted();
        for (int i = _members.Count - 1; i >= 0; i = Math.Min(i, _members.Count) - 1)
        {
            _members[i].EndNow();
        }
    }

    private void Dispatch(byte* entry)
    {
        uint happened = Unsafe.ReadUnaligned<uint>(entry);
        ulong data = Unsafe.ReadUnaligned<ulong>(entry + DataOffset);
        if (data == ulong.MaxValue)
        {
            ulong count;
            _ = Libc.read(_wake, &count, sizeof(ulong));
            return;
        }

        int slot = (int)(uint)data;
        LoopSocket? socket = _sockets[slot];
        if (socket is not null && _generations[slot] == (uint)(data >> 32))
        {
            socket.Note(happened);
            socket.Handler?.OnReady(socket);
        }
    }

    private void RunPosted()
    {
        Volatile.Write(ref _wakePending, 0);
        Interlocked.MemoryBarrier();
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out Action? action); left--)
        {
            action();
        }
    }

    private void RunScheduled()
    {
        for (int left = _work.Count; left > 0; left--)
        {
            ILoopWork work = _work.Dequeue();
            work.IsScheduled = false;
            work.Continue();
        }
    }

    private void Tick()
    {
        _nextTick = Now + TickMilliseconds;
        // One that ends itself moves the last one to its place, which then has been asked already.
        for (int i = _members.Count - 1; i >= 0; i--)
        {
            if (i < _members.Count)
            {
                _members[i].OnTick(Now);
            }
        }
    }

    private void Control(int operation, int descriptor, uint events, ulong data)
    {
        byte* registration = stackalloc byte[16];
        Unsafe.WriteUnaligned(registration, events);
        Unsafe.WriteUnaligned(registration + DataOffset, data);
        _ = Libc.epoll_ctl(_epoll, operation, descriptor, registration);
    }
}
