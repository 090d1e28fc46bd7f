using System.Net;
using System.Net.Sockets;

namespace Weft.Conformance.ClusterTests;

/// <summary>A host's own way to a member of the store, through a port on loopback, that can be cut: then nothing that is sent arrives until it is mended, and nobody is told.</summary>
internal sealed class StoreLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _member;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _lines = [];
    private readonly Task _work;
    private volatile bool _isCut;

    public StoreLine(Uri member)
    {
        _member = member;
        _listener.Start();
        Place = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _work = AcceptAsync();
    }

    /// <summary>What the host is told.</summary>
    public Uri Place { get; }

    /// <summary>Cuts the line, or mends it.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _work;
        await Task.WhenAll(_lines);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                _lines.Add(CarryAsync(client));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
            // Ended.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var member = new TcpClient())
        {
            try
            {
                await member.ConnectAsync(_member.Host, _member.Port, _end.Token);
                await Task.WhenAny(CopyAsync(client.GetStream(), member.GetStream()), CopyAsync(member.GetStream(), client.GetStream()));
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException)
            {
                // The member is gone, or the test is over.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[16_384];
        try
        {
            for (int count = await from.ReadAsync(buffer, _end.Token); count > 0; count = await from.ReadAsync(buffer, _end.Token))
            {
                // As by a network that delivers what was sent again, when it does once more.
                while (_isCut)
                {
                    await Task.Delay(50, _end.Token);
                }

                await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One of the two ends hung up.
        }
    }
}
