using Google.Protobuf;

namespace Weft.Cluster.Etcd;

/// <summary>The messages that a member sends on one stream. Disposing ends it on both sides.</summary>
internal sealed class GrpcStream<T>(HttpRequestMessage request, HttpResponseMessage response, Stream body, MessageParser<T> parser) : IDisposable
    where T : class, IMessage<T>
{
    /// <summary>The next message; null if the member ended the stream in order.</summary>
    public async ValueTask<T?> ReadAsync(CancellationToken cancellation)
    {
        T? message = await GrpcFrame.ReadAsync(body, parser, cancellation).ConfigureAwait(false);
        if (message is null)
        {
            GrpcChannel.CheckStatus(response.TrailingHeaders);
        }

        return message;
    }

    public void Dispose()
    {
        // First the answer: disposing it resets the stream, and then nothing waits for the request's end.
        response.Dispose();
        request.Dispose();
    }
}
