using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>Stands between two hosts of a move, and lets so many bytes of the first through: a move that is in its middle for as long as a test likes.</summary>
internal sealed class MoveGate : IDisposable
{
    private readonly TcpListener _listener;
    private readonly NetNamespace _where;
    private readonly int _passes;
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _isShut;

    public MoveGate(NetNamespace where, int passes)
    {
        (_where, _passes) = (where, passes);
        _listener = where.Invoke(() =>
        {
            var listener = new TcpListener(IPAddress.Parse(MoveLab.GateAddress), MoveLab.GatePort);
            listener.Start();
            return listener;
        });
        _ = PassAsync();
    }

    /// <summary>True once it lets nothing more through.</summary>
    public bool IsShut => _isShut;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task PassAsync()
    {
        try
        {
            using TcpClient from = await _listener.AcceptTcpClientAsync(_stop.Token);
            using TcpClient to = _where.Invoke(() => new TcpClient(MoveLab.TargetAddress, MoveLab.TargetPort));
            await Task.WhenAny(CopyAsync(from.GetStream(), to.GetStream(), _passes), CopyAsync(to.GetStream(), from.GetStream(), long.MaxValue));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // The test is over, or a host is.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, long most)
    {
        byte[] buffer = new byte[4096];
        for (long passed = 0; ;)
        {
            int read = await from.ReadAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return;
            }

            if (passed > most)
            {
                // What comes is swallowed, so that the end of the connection is seen.
                _isShut = true;
                continue;
            }

            passed += read;
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
