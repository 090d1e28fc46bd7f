using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Sharing;
using Weft.Services;

namespace Weft.Host.Control;

/// <summary>Takes machines that other hosts bring.</summary>
internal sealed class MoveListener : IAsyncDisposable
{
    /// <summary>Most connections at a time; more are hung up on.</summary>
    private const int MaxConnections = 64;

    /// <summary>How often an engine that hears nothing is asked whether it has waited too long.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _listener;
    private readonly MovesPlan _plan;
    private readonly IMoveHost _host;
    private readonly MachineOwners? _owners;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _connections;

    private MoveListener(TcpListener listener, MovesPlan plan, IMoveHost host, MachineOwners? owners)
    {
        (_listener, _plan, _host, _owners) = (listener, plan, host, owners);
        _accepting = AcceptAsync();
    }

    /// <summary>Listens where the plan says; null if it does not.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="host">The switch.</param>
    /// <param name="owners">Who machines are claimed from; null where nobody keeps their epochs.</param>
    /// <exception cref="SwitchStartException">The address cannot be used.</exception>
    public static MoveListener? Start(MovesPlan? plan, IMoveHost host, MachineOwners? owners)
    {
        if (plan?.Listen is not TunnelAddress address)
        {
            return null;
        }

        var listener = new TcpListener(IPAddress.Parse(address.ToString()), plan.Port);
        try
        {
            listener.Start();
            return new MoveListener(listener, plan, host, owners);
        }
        catch (SocketException refused)
        {
            listener.Dispose();
            throw new SwitchStartException($"moves.listen {address} port {plan.Port}: {refused.Message}", refused);
        }
    }

    /// <summary>Takes no more, without waiting for what is under way.</summary>
    public void Close()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false);
                if (Interlocked.Increment(ref _connections) > MaxConnections)
                {
                    _ = Interlocked.Decrement(ref _connections);
                    client.Dispose();
                    continue;
                }

                _ = ServeAsync(client);
            }
            catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(Tick).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            await using MoveLink link = await MoveLink.AcceptAsync(client, _plan.Key, _stop.Token).ConfigureAwait(false);
            if (await link.ReceiveAsync(_stop.Token).ConfigureAwait(false) is MoveFrame first)
            {
                await ServeAsync(link, first).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or AuthenticationException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // A stranger, a host that died, or the end of this one: nobody is left to tell.
        }
        finally
        {
            _ = Interlocked.Decrement(ref _connections);
        }
    }

    private async Task ServeAsync(MoveLink link, MoveFrame first)
    {
        MoveHello hello = MoveHello.Read(first.Body);
        if (first.Kind == MoveFrameKind.Owner)
        {
            ulong epoch = await _host.EpochOfAsync(hello.Machine).ConfigureAwait(false);
            byte[] answer = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(answer, epoch);
            await link.SendAsync([new MoveFrame(MoveFrameKind.Owner, answer)], _stop.Token).ConfigureAwait(false);
            return;
        }

        if (first.Kind != MoveFrameKind.Hello)
        {
            return;
        }

        var options = new MigrationOptions { Id = hello.Move, Epoch = hello.Epoch, Timeout = _plan.Timeout, FreezeBudget = _plan.FreezeBudget };
        string? refusal = await _host.ArriveAsync(hello.Machine, options, hello.Keys).ConfigureAwait(false);
        if (refusal is not null)
        {
            await link.SendAsync([new MoveFrame(MoveFrameKind.Refused, Encoding.UTF8.GetBytes(refusal))], _stop.Token).ConfigureAwait(false);
            return;
        }

        try
        {
            await link.SendAsync([new MoveFrame(MoveFrameKind.Ready, [])], _stop.Token).ConfigureAwait(false);
            var inbox = new MoveInbox(link, _stop.Token);
            while (!inbox.IsOver)
            {
                List<MoveFrame> received = await inbox.TakeAsync(Tick, _stop.Token).ConfigureAwait(false);
                List<byte[]> answers = await _host.StepArrivalAsync(hello.Machine, hello.Move, received).ConfigureAwait(false);
                if (_owners is not null && await _host.ClaimDueAsync(hello.Machine, hello.Move).ConfigureAwait(false) is ulong epoch)
                {
                    bool won = await _owners.TryTakeAsync(hello.Machine, epoch, _stop.Token).ConfigureAwait(false);
                    answers.AddRange(await _host.ClaimedAsync(hello.Machine, hello.Move, won).ConfigureAwait(false));
                }

                if (answers.Count > 0)
                {
                    await link.SendAsync(answers.Select(answer => new MoveFrame(MoveFrameKind.Message, answer)), _stop.Token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await _host.EndArrivalAsync(hello.Machine, hello.Move).ConfigureAwait(false);
        }
    }
}
