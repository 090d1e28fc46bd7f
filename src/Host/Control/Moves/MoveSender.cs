using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Services;

namespace Weft.Host.Control;

/// <summary>Brings a machine to another host, and what still comes for it after it.</summary>
internal sealed class MoveSender(IMoveHost host, MovesPlan plan, MoveHostPlan to, MachineOwners? owners, CancellationToken stop)
{
    /// <summary>How long packets are sent after a machine: by then the network knows its new place.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Moves a machine.</summary>
    /// <returns>How the move ended.</returns>
    /// <exception cref="InvalidOperationException">It could not begin: the machine is not served here, or the other host refuses it or cannot be reached.</exception>
    public async Task<MoveSnapshot> RunAsync(string machine)
    {
        MoveHello hello = await host.MayLeaveAsync(machine).ConfigureAwait(false) with { Move = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))) };
        MoveLink link = await GreetAsync(hello).ConfigureAwait(false);
        MoveSnapshot state;
        try
        {
            var options = new MigrationOptions { Id = hello.Move, Epoch = hello.Epoch, Timeout = plan.Timeout, FreezeBudget = plan.FreezeBudget };
            await host.LeaveAsync(machine, options, to.Name).ConfigureAwait(false);
            state = await CopyAsync(machine, link).ConfigureAwait(false);
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (state.State == "committing")
        {
            state = owners is null ? await AskForOwnerAsync(machine, hello).ConfigureAwait(false) : await AskStoreAsync(owners, machine, hello).ConfigureAwait(false);
        }

        if (state.State == "moved")
        {
            _ = FollowAsync(machine, link);
        }
        else
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }

        return state;
    }

    private async Task<MoveLink> GreetAsync(MoveHello hello)
    {
        MoveLink? link = null;
        try
        {
            link = await MoveLink.ConnectAsync(to.Address.ToString(), to.Port, plan.Key, stop).ConfigureAwait(false);
            await link.SendAsync([hello.ToFrame()], stop).ConfigureAwait(false);
            MoveFrame? answer = await link.ReceiveAsync(stop).ConfigureAwait(false);
            return answer?.Kind == MoveFrameKind.Ready
                ? link
                : throw new InvalidOperationException($"The host {to.Name} refuses: {(answer?.Kind == MoveFrameKind.Refused ? Encoding.UTF8.GetString(answer.Value.Body) : "it hung up")}.");
        }
        catch (Exception failed)
        {
            if (link is not null)
            {
                await link.DisposeAsync().ConfigureAwait(false);
            }

            throw failed is IOException or SocketException or AuthenticationException or OperationCanceledException
                ? new InvalidOperationException($"The host {to.Name} at {to.Address} port {to.Port} cannot be reached: {failed.Message}", failed)
                : failed;
        }
    }

    /// <summary>Carries messages until the move has ended, or only the other host knows how.</summary>
    private async Task<MoveSnapshot> CopyAsync(string machine, MoveLink link)
    {
        var inbox = new MoveInbox(link, stop);
        MoveSnapshot state;
        bool isBusy = false;
        long? handedOver = null;
        do
        {
            List<MoveFrame> received = await inbox.TakeAsync(isBusy ? TimeSpan.Zero : Tick, stop).ConfigureAwait(false);
            (List<byte[]> send, state) = await host.StepDepartureAsync(machine, [.. received.Where(frame => frame.Kind == MoveFrameKind.Message).Select(frame => frame.Body)]).ConfigureAwait(false);
            isBusy = send.Count > 0;
            try
            {
                if (isBusy)
                {
                    await link.SendAsync(send.Select(message => new MoveFrame(MoveFrameKind.Message, message)), stop).ConfigureAwait(false);
                }
            }
            catch (IOException)
            {
                return await host.CancelDepartureAsync(machine).ConfigureAwait(false);
            }

            if (inbox.IsOver && state.State is not ("moved" or "aborted"))
            {
                return await host.CancelDepartureAsync(machine).ConfigureAwait(false);
            }

            if (state.State == "committing" && owners is not null)
            {
                handedOver ??= Environment.TickCount64;
                if (Environment.TickCount64 - handedOver > plan.Timeout.TotalMilliseconds)
                {
                    // The other host lives and may not reach the store. Whoever does gets the machine, for until then it is nobody's.
                    return state;
                }
            }
        }
        while (state.State is not ("moved" or "aborted"));
        return state;
    }

    /// <summary>The other host fell silent after it was told to take over: the cluster knows whether it has, and if not, it never will.</summary>
    private async Task<MoveSnapshot> AskStoreAsync(MachineOwners owners, string machine, MoveHello hello)
    {
        (bool isHere, ulong epoch) = await owners.SettleAsync(hello.Machine, hello.Epoch, stop).ConfigureAwait(false);
        return await (isHere ? host.KeepAsync(machine, epoch) : host.ResolveAsync(machine, epoch)).ConfigureAwait(false);
    }

    /// <summary>The other host fell silent after it was told to take over: it alone knows whether it has, or a person who says so.</summary>
    private async Task<MoveSnapshot> AskForOwnerAsync(string machine, MoveHello hello)
    {
        while (true)
        {
            try
            {
                await using MoveLink link = await MoveLink.ConnectAsync(to.Address.ToString(), to.Port, plan.Key, stop).ConfigureAwait(false);
                await link.SendAsync([hello.ToFrame() with { Kind = MoveFrameKind.Owner }], stop).ConfigureAwait(false);
                if (await link.ReceiveAsync(stop).ConfigureAwait(false) is { Kind: MoveFrameKind.Owner, Body.Length: sizeof(ulong) } answer)
                {
                    return await host.ResolveAsync(machine, BinaryPrimitives.ReadUInt64LittleEndian(answer.Body)).ConfigureAwait(false);
                }
            }
            catch (Exception failed) when (failed is IOException or SocketException or AuthenticationException || (failed is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // It may come back.
            }

            await Task.Delay(RetryPause, stop).ConfigureAwait(false);
            (_, MoveSnapshot settled) = await host.StepDepartureAsync(machine, []).ConfigureAwait(false);
            if (settled.State != "committing")
            {
                return settled;
            }
        }
    }

    /// <summary>Sends what still comes for a machine after it.</summary>
    private async Task FollowAsync(string machine, MoveLink link)
    {
        try
        {
            long until = Environment.TickCount64 + (long)Linger.TotalMilliseconds;
            while (Environment.TickCount64 < until)
            {
                List<byte[]> held = await host.TakeHeldAsync(machine).ConfigureAwait(false);
                if (held.Count == 0)
                {
                    await Task.Delay(Tick, stop).ConfigureAwait(false);
                }
                else
                {
                    await link.SendAsync(held.Select(packet => new MoveFrame(MoveFrameKind.Packet, packet)), stop).ConfigureAwait(false);
                }
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // The other host, or this one, is at its end.
        }
        finally
        {
            await link.DisposeAsync().ConfigureAwait(false);
            await EndAsync(machine).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(string machine)
    {
        try
        {
            await host.EndDepartureAsync(machine).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The switch has ended, and what waited with it.
        }
    }
}
