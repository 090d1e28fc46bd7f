namespace Weft.MeshAgent.Loops;

/// <summary>
/// Ends a connection whose other side may still have something under way: closed at once, what came then would be answered by a reset, and a
/// reset may take the last bytes that we sent with it (RFC 1122 section 4.2.2.13).
/// </summary>
internal sealed class LingeringClose : IReadyHandler, ILoopMember
{
    private const int PatienceMilliseconds = 5000;

    private readonly LoopSocket _socket;
    private readonly long _deadline;

    private LingeringClose(LoopSocket socket)
    {
        _socket = socket;
        _deadline = socket.Loop.Now + PatienceMilliseconds;
        socket.Handler = this;
        socket.Loop.AddMember(this);
    }

    public int MemberIndex { get; set; } = -1;

    /// <summary>Ends our direction and closes when the other side has ended its own.</summary>
    public static void Begin(LoopSocket socket)
    {
        socket.ShutdownSend();
        new LingeringClose(socket).OnReady(socket);
    }

    public void OnReady(LoopSocket socket)
    {
        int count;
        while ((count = socket.Receive(socket.Loop.Scratch)) > 0)
        {
        }

        if (count != LoopSocket.WouldBlock)
        {
            EndNow();
        }
    }

    public void OnTick(long now)
    {
        if (now >= _deadline)
        {
            EndNow();
        }
    }

    public void EndNow()
    {
        _socket.Loop.RemoveMember(this);
        _socket.Close();
    }
}
