using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Handover;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;

namespace Weft.Host.Control;

/// <summary>
/// Answers requests about a running switch on a Unix socket: one JSON line in, one JSON line out, as often as the client
/// likes. Only the socket's owner may connect (mode 0600).
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Longest request: a packet of 64 KiB in hexadecimal and some words.</summary>
    private const int MaxRequestBytes = 160 * 1024;

    /// <summary>Most clients at a time; more are hung up on.</summary>
    private const int MaxClients = 16;

    /// <summary>Most events of one answer.</summary>
    private const int MaxEvents = 1024;

    private static readonly TimeSpan ClientPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan MaxEventWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan EventLookInterval = TimeSpan.FromMilliseconds(20);

    private readonly Socket _listener;
    private readonly string _path;
    private readonly SwitchHost _host;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private CancellationTokenSource _pause = new();
    private volatile TaskCompletionSource? _paused;
    private int _clients;

    private ControlServer(Socket listener, string path, SwitchHost host)
    {
        (_listener, _path, _host) = (listener, path, host);
        _accepting = AcceptAsync();
    }

    /// <summary>Opens the socket.</summary>
    /// <exception cref="SwitchStartException">Another switch answers on the path, or the path cannot be used.</exception>
    public static ControlServer Start(string path, SwitchHost host) => new(ControlSocket.Listen(path), path, host);

    /// <summary>Goes on with a socket that another process listened on.</summary>
    public static ControlServer Inherit(Socket listener, string path, SwitchHost host) => new(listener, path, host);

    /// <summary>Lets who connects wait, in the kernel's queue.</summary>
    public void Pause()
    {
        _paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pause.Cancel();
    }

    /// <summary>Answers again.</summary>
    public void Resume()
    {
        _pause = new CancellationTokenSource();
        _ = _paused?.TrySetResult();
        _paused = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _ = _paused?.TrySetResult();
        if (_host.IsHandedOver)
        {
            // A socket that is disposed takes its file along, which is the other process's now.
#pragma warning disable CA1816 // It is not disposed, on purpose.
            GC.SuppressFinalize(_listener);
#pragma warning restore CA1816
            _listener.SafeHandle.Dispose();
            await _accepting.ConfigureAwait(false);
        }
        else
        {
            _listener.Dispose();
            await _accepting.ConfigureAwait(false);
            File.Delete(_path);
        }

        _stop.Dispose();
        _pause.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                using var ends = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _pause.Token);
                client = await _listener.AcceptAsync(ends.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
            {
                await (_paused?.Task ?? Task.CompletedTask).ConfigureAwait(false);
                continue;
            }
            catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Out of descriptors, most likely: whoever wanted in tries again.
                await Task.Delay(100).ConfigureAwait(false);
                continue;
            }

            if (Interlocked.Increment(ref _clients) > MaxClients)
            {
                Interlocked.Decrement(ref _clients);
                client.Dispose();
                continue;
            }

            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        bool isKept = false;
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: false);
            bool mayOperate = PeerCredentials.MayOperate(client);
            var lines = new LineReader(stream, MaxRequestBytes);
            while (await lines.ReadAsync(ClientPatience, _stop.Token).ConfigureAwait(false) is ReadOnlyMemory<byte> line)
            {
                if (mayOperate && ConversationOf(line) is ControlRequest conversation)
                {
                    // A takeover goes on for as long as the two processes need; the host holds its end.
                    isKept = conversation.Verb == HandoverProtocol.Verb;
                    await (isKept ? _host.HandOverAsync(client, (int)_listener.Handle) : CaptureChannel.ServeAsync(_host, conversation.Capture, stream, _stop.Token)).ConfigureAwait(false);
                    return;
                }

                ControlResponse response = mayOperate ? await AnswerAsync(line).ConfigureAwait(false) : new ControlResponse { Error = "the socket answers root and the user that runs the switch" };
                byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(response, SnapshotJson.Compact.ControlResponse);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                patience.CancelAfter(ClientPatience);
                await stream.WriteAsync(bytes, patience.Token).ConfigureAwait(false);
                await stream.WriteAsync("\n"u8.ToArray(), patience.Token).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client is gone or too slow; there is nobody to tell.
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
            if (!isKept)
            {
                client.Dispose();
            }
        }
    }

    /// <summary>The request if it is one that is answered by more than a line.</summary>
    private static ControlRequest? ConversationOf(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line.Span, SnapshotJson.Compact.ControlRequest) is { Verb: "capture" or HandoverProtocol.Verb } request ? request : null;
        }
        catch (JsonException)
        {
            // Whoever answers says what is wrong with it.
            return null;
        }
    }

    private async Task<ControlResponse> AnswerAsync(ReadOnlyMemory<byte> line)
    {
        try
        {
            ControlRequest request = JsonSerializer.Deserialize(line.Span, SnapshotJson.Compact.ControlRequest) ?? new ControlRequest();
            return request.Verb switch
            {
                "version" => new ControlResponse { Version = SwitchState.Version },
                "show" => await ShowAsync(request).ConfigureAwait(false),
                "trace" => new ControlResponse { Trace = await _host.TraceAsync(request.Port ?? "", Convert.FromHexString(request.Packet ?? "")).ConfigureAwait(false) },
                "failover" or "drain" => await MoveAsync(request).ConfigureAwait(false),
                "drain-lb" or "drain-sase" or "enable-port" or "nat-export" or "nat-import" or "nat-move" => await ControlOfFlows.AnswerAsync(_host, request).ConfigureAwait(false),
                "analytics-pin" or "analytics-veto" or "analytics-shelve" or "analytics-unshelve" or "analytics-learned" or "analytics-regroup" or "what-if" => await ControlOfAnalytics.AnswerAsync(_host, request).ConfigureAwait(false),
                "settle" => new ControlResponse { Move = await _host.SettleMoveAsync(request.Subject ?? "", request.To == "here").ConfigureAwait(false) },
                "migrate" => await MigrateAsync(request).ConfigureAwait(false),
                "reload-rules" => await ReloadRulesAsync().ConfigureAwait(false),
                "diff" => await DiffAsync(request).ConfigureAwait(false),
                "stop" => Stop(),
                "events" => await EventsAsync(request).ConfigureAwait(false),
                "rekey" => await RekeyAsync(request).ConfigureAwait(false),
                _ => new ControlResponse { Error = "unknown verb; there are show, trace, version, rekey, failover, drain, events, capture, diff, reload-rules, drain-lb, drain-sase, enable-port, nat-export, nat-import, nat-move, analytics-pin, analytics-veto, analytics-shelve, analytics-unshelve, analytics-learned, analytics-regroup, what-if, migrate, settle, takeover and stop" },
            };
        }
        catch (JsonException wrong)
        {
            return new ControlResponse { Error = $"the request is not a JSON object of this protocol: {wrong.Message}" };
        }
        catch (Exception refused) when (refused is ArgumentException or FormatException or InvalidOperationException or SwitchStartException)
        {
            return new ControlResponse { Error = refused.Message };
        }
    }

    private async Task<ControlResponse> ReloadRulesAsync()
    {
        _ = await _host.ReloadRulesAsync().ConfigureAwait(false);
        return new ControlResponse { Snapshot = await _host.SnapshotAsync(SnapshotParts.None).ConfigureAwait(false) };
    }

    private async Task<ControlResponse> DiffAsync(ControlRequest request)
    {
        ConfigurationResult read = ConfigurationFile.Read(request.Candidate ?? "", request.Overrides);
        return read.Plan is null ? new ControlResponse { Error = string.Join('\n', read.Problems) } : new ControlResponse { Diff = await _host.CompareAsync(read.Plan).ConfigureAwait(false) };
    }

    private async Task<ControlResponse> MigrateAsync(ControlRequest request) =>
        new() { Move = await _host.MigrateAsync(request.Subject ?? "", request.To ?? "").ConfigureAwait(false) };

    private async Task<ControlResponse> RekeyAsync(ControlRequest request)
    {
        if (request.Rekey is not RekeyRequest rekey || (rekey.Add is null && rekey.Remove is null))
        {
            return new ControlResponse { Error = "a rekey adds or removes an association, or both" };
        }

        await _host.RekeyAsync(rekey).ConfigureAwait(false);
        return new ControlResponse();
    }

    /// <summary>A standby takes the role, an active node gives it away: either way it changes sides.</summary>
    private async Task<ControlResponse> MoveAsync(ControlRequest request)
    {
        bool takes = false;
        if (request.Verb == "failover")
        {
            SwitchSnapshot snapshot = await _host.SnapshotAsync(SnapshotParts.None).ConfigureAwait(false);
            takes = snapshot.Bridges.FirstOrDefault(bridge => string.IsNullOrEmpty(request.Bridge) || bridge.Name == request.Bridge) is { Forwards: false };
        }

        await _host.MoveBridgeAsync(request.Bridge, takes).ConfigureAwait(false);
        return new ControlResponse();
    }

    /// <summary>Looks until there are events or time is up. The worker is never asked: whoever reads slowly costs it nothing.</summary>
    private async Task<ControlResponse> EventsAsync(ControlRequest request)
    {
        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Clamp(request.WaitMilliseconds ?? 0, 0, MaxEventWait.TotalMilliseconds));
        long started = Stopwatch.GetTimestamp();
        SwitchEvents events;
        while ((events = _host.ReadEvents(request.Since ?? 0, MaxEvents)).Events.Count == 0 && events.Lost == 0 && Stopwatch.GetElapsedTime(started) < wait)
        {
            await Task.Delay(EventLookInterval, _stop.Token).ConfigureAwait(false);
        }

        return new ControlResponse { Events = events };
    }

    private ControlResponse Stop()
    {
        _host.Stop();
        return new ControlResponse();
    }

    private async Task<ControlResponse> ShowAsync(ControlRequest request)
    {
        if (!ShowTopics.TryParse(request.Topic, out ShowTopic topic))
        {
            return new ControlResponse { Error = $"unknown topic; there are {string.Join(", ", Enum.GetNames<ShowTopic>()).ToLowerInvariant()}" };
        }

        return new ControlResponse { Snapshot = await _host.SnapshotAsync(ShowTopics.PartsOf(topic)).ConfigureAwait(false) };
    }
}
