using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Host.Observe.Captures;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Captures in a switch on its own thread, through its socket.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class CaptureSocketTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-capture-").FullName;
    private readonly ConcurrentQueue<byte[]> _arriving = new();
    private SwitchHost _host = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    public ValueTask InitializeAsync()
    {
        _host = SwitchHost.Start(Resolved() with { ControlSocket = SocketPath }, new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, port.Name == "web1" ? _arriving : new(), new()) });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_capture_ends_by_itself_when_it_has_as_many_frames_as_were_wanted()
    {
        using var file = new MemoryStream();
        Task<CaptureSummary?> capture = ControlClient.CaptureAsync(SocketPath, new CaptureRequest { Port = "web1", Count = 3 }, file, Cancelled);
        while (!capture.IsCompleted)
        {
            _arriving.Enqueue(Plain(B, A));
            await Task.Delay(5, Cancelled);
        }

        Assert.Equal(new CaptureSummary(3, 0), await capture);
        Assert.All(CaptureLab.Read(file.ToArray()), taken => Assert.Equal("in web1; forwarded to web2, trunk, up0, up0", taken.Comment));
    }

    [Fact]
    public async Task A_capture_that_is_told_to_end_brings_what_it_has_and_leaves_no_tap_behind()
    {
        using var end = new CancellationTokenSource();
        var file = new NotingStream();
        Task<CaptureSummary?> capture = ControlClient.CaptureAsync(SocketPath, new CaptureRequest { Port = "web1" }, file, end.Token);
        while (file.Writes < 2)
        {
            _arriving.Enqueue(Plain(B, A));
            await Task.Delay(5, Cancelled);
        }

        await end.CancelAsync();
        CaptureSummary summary = (await capture)!;
        Assert.Equal(summary.Packets, CaptureLab.Read(file.ToArray()).Count);
        Assert.Null(await _host.TapAsync());
    }

    [Fact]
    public async Task Whoever_hangs_up_leaves_no_tap_behind()
    {
        await Assert.ThrowsAsync<CaptureOutputException>(() => ControlClient.CaptureAsync(SocketPath, new CaptureRequest(), new FullStream(), Cancelled));
        while (await _host.TapAsync() is not null)
        {
            await Task.Delay(10, Cancelled);
        }
    }

    [Fact]
    public async Task What_there_is_not_is_refused_and_nothing_is_written()
    {
        using var file = new MemoryStream();
        ControlException refused = await Assert.ThrowsAsync<ControlException>(() => ControlClient.CaptureAsync(SocketPath, new CaptureRequest { Filter = "host nobody" }, file, Cancelled));
        Assert.Equal((0L, "'nobody' is no address such as 192.0.2.1."), (file.Length, refused.Message));
    }

    [Fact]
    public async Task A_switch_that_ends_ends_its_captures_with_whole_files()
    {
        var file = new NotingStream();
        Task<CaptureSummary?> capture = ControlClient.CaptureAsync(SocketPath, new CaptureRequest(), file, Cancelled);
        while (file.Writes < 2)
        {
            _arriving.Enqueue(Plain(B, A));
            await Task.Delay(5, Cancelled);
        }

        _host.Stop();
        _ = await _host.Completion;
        _ = await capture;
        Assert.NotEmpty(CaptureLab.Read(file.ToArray()));
    }

    /// <summary>Memory that tells how often it was written to.</summary>
    private sealed class NotingStream : MemoryStream
    {
        private volatile int _writes;

        public int Writes => _writes;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            _writes++;
        }
    }

    private sealed class FullStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("No space left on device");
    }
}
