using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Host.Observe.Captures;

namespace Weft.Host.Control;

/// <summary>
/// How a capture comes through the control socket: after the line that answers the request, pieces of the file with four octets of length in
/// front, then a length of zero, then a line with the summary. A client ends a capture by shutting its side of the connection down.
/// </summary>
internal static class CaptureChannel
{
    private const int LengthBytes = 4;

    /// <summary>Longest piece: a lane's records with the longest of comments and headers.</summary>
    private const int MaxPieceBytes = 1 << 30;

    /// <summary>Captures for a client until one of the two has enough.</summary>
    public static async Task ServeAsync(SwitchHost host, CaptureRequest? request, Stream stream, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bool hasBegun = false;
        Task watching = Task.CompletedTask;
        try
        {
            CaptureSummary summary = await host.CaptureAsync(request ?? new CaptureRequest(), DeliverAsync, end.Token).ConfigureAwait(false);
            await stream.WriteAsync(new byte[LengthBytes], stop).ConfigureAwait(false);
            await AnswerAsync(stream, new ControlResponse { Capture = summary }, stop).ConfigureAwait(false);
        }
        catch (Exception refused) when (!hasBegun && refused is ArgumentException or FormatException or InvalidOperationException)
        {
            await AnswerAsync(stream, new ControlResponse { Error = refused.Message }, stop).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }

        async Task DeliverAsync(byte[] blocks)
        {
            if (!hasBegun)
            {
                hasBegun = true;
                await AnswerAsync(stream, new ControlResponse(), stop).ConfigureAwait(false);
                watching = WatchAsync(stream, end);
            }

            if (blocks.Length > 0)
            {
                byte[] length = new byte[LengthBytes];
                BinaryPrimitives.WriteInt32BigEndian(length, blocks.Length);
                await stream.WriteAsync(length, stop).ConfigureAwait(false);
                await stream.WriteAsync(blocks, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Receives a capture behind the line that answered the request.</summary>
    /// <param name="socket">The connection, to end the capture through.</param>
    /// <param name="stream">The same, to read from.</param>
    /// <param name="destination">Gets each piece in one write, so that whoever is killed leaves whole blocks behind.</param>
    /// <param name="end">Ends the capture at the switch; what was captured comes still.</param>
    /// <returns>Null if the switch ended without a word.</returns>
    public static async Task<CaptureSummary?> ReceiveAsync(Socket socket, Stream stream, Stream destination, CancellationToken end)
    {
        await using CancellationTokenRegistration registration = end.Register(() => ShutDown(socket));
        byte[] length = new byte[LengthBytes];
        while (await stream.ReadAtLeastAsync(length, LengthBytes, throwOnEndOfStream: false, CancellationToken.None).ConfigureAwait(false) == LengthBytes)
        {
            int count = BinaryPrimitives.ReadInt32BigEndian(length);
            if (count == 0)
            {
                ReadOnlyMemory<byte>? line = await new LineReader(stream, 4096).ReadAsync(TimeSpan.FromSeconds(10), CancellationToken.None).ConfigureAwait(false);
                return line is null ? null : JsonSerializer.Deserialize(line.Value.Span, SnapshotJson.Compact.ControlResponse)?.Capture;
            }

            if (count is < 0 or > MaxPieceBytes)
            {
                throw new IOException("the switch speaks another version of the protocol");
            }

            byte[] blocks = new byte[count];
            if (await stream.ReadAtLeastAsync(blocks, count, throwOnEndOfStream: false, CancellationToken.None).ConfigureAwait(false) < count)
            {
                return null;
            }

            await WriteAsync(destination, blocks).ConfigureAwait(false);
        }

        return null;
    }

    private static async Task WriteAsync(Stream destination, byte[] blocks)
    {
        try
        {
            await destination.WriteAsync(blocks).ConfigureAwait(false);
            await destination.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException failed)
        {
            throw new CaptureOutputException(failed);
        }
    }

    /// <summary>Ends the capture when the client hangs up, says anything, or shuts its side down.</summary>
    private static async Task WatchAsync(Stream stream, CancellationTokenSource end)
    {
        try
        {
            _ = await stream.ReadAsync(new byte[1], end.Token).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or ObjectDisposedException)
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private static void ShutDown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The switch ended first.
        }
    }

    private static async Task AnswerAsync(Stream stream, ControlResponse response, CancellationToken stop) =>
        await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(response, SnapshotJson.Compact.ControlResponse), (byte)'\n'], stop).ConfigureAwait(false);
}
