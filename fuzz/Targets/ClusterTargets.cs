using Google.Protobuf;
using Weft.Cluster;
using Weft.Cluster.Etcd;
using Wire = Weft.Cluster.Etcd.Wire;

namespace Weft.Fuzz.Targets;

/// <summary>What a member of etcd, or whoever is in its place, answers: frames of gRPC with messages of the protocol.</summary>
internal sealed class EtcdTarget : BytesTarget
{
    public override string Name => "etcd";

    public override string What => "answers and watches of etcd: gRPC frames and the messages in them";

    public override IReadOnlyList<string> Assemblies => ["Cluster"];

    protected override IReadOnlyList<byte[]> Words => [[0, 0, 0, 0, 0], [0, 0, 0, 0, 8], [1], [0x0A, 0], [0x12, 0], [0x5A, 0], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]];

    public override IEnumerable<byte[]> Beginnings()
    {
        var header = new Wire.Header { Cluster = 1, Revision = 9 };
        var entry = new Wire.Entry { Key = ByteString.CopyFromUtf8("/a"), Value = ByteString.CopyFromUtf8("b"), CreateRevision = 8, ModRevision = 9, Lease = 3 };
        var change = new Wire.WatchEvent { Kind = Wire.WatchEvent.Types.Kind.Put, Entry = entry };
        yield return [0, .. GrpcFrame.Write(new Wire.RangeResponse { Header = header, Entries = { entry }, More = true })];
        yield return [1, .. GrpcFrame.Write(new Wire.TransactionResponse { Header = header, Results = { new Wire.OperationResult { Range = new Wire.RangeResponse { Entries = { entry } } } } })];
        yield return [2, .. GrpcFrame.Write(new Wire.WatchResponse { Header = header, Created = true }), .. GrpcFrame.Write(new Wire.WatchResponse { Header = header, Events = { change } })];
        yield return [2, .. GrpcFrame.Write(new Wire.WatchResponse { Header = header, Canceled = true, CancelReason = "why" }), .. GrpcFrame.Write(new Wire.WatchResponse { Header = header, CompactRevision = 5 })];
        yield return [3, .. GrpcFrame.Write(new Wire.LeaseGrantResponse { Header = header, Id = 3, Seconds = 5 })];
        yield return [4, .. GrpcFrame.Write(new Wire.LeaseKeepAliveResponse { Header = header, Id = 3, Seconds = 5 })];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        using var stream = new MemoryStream(input[1..].ToArray());
        var sighting = new EtcdSighting();
        var watch = new EtcdWatch("/", 1);
        try
        {
            // All of it is in memory, so nothing is waited for.
            while (Take(input[0], stream, sighting, watch))
            {
            }
        }
        catch (Exception refused) when (EtcdStore.IsFailureOfMember(refused) || refused is StoreReplacedException or RevisionCompactedException)
        {
            Require(refused.Message.Length > 0, "a refusal without words");
        }
    }

    private static bool Take(byte kind, Stream stream, EtcdSighting sighting, EtcdWatch watch)
    {
        switch (kind % 5)
        {
            case 0:
                return Read(stream, Wire.RangeResponse.Parser) is { } page && Check(sighting, page.Header) && page.Entries.Select(EtcdMessages.Entry).All(entry => entry.Key is not null);
            case 1:
                return Read(stream, Wire.TransactionResponse.Parser) is { } done && Check(sighting, done.Header) && EtcdMessages.Entries(done).All(entry => entry.Key is not null);
            case 2:
                return Read(stream, Wire.WatchResponse.Parser) is { } news && Check(sighting, news.Header) && (watch.Take(news)?.Revision ?? 1) > 0;
            case 3:
                return Read(stream, Wire.LeaseGrantResponse.Parser) is { } lease && Check(sighting, lease.Header);
            default:
                return Read(stream, Wire.LeaseKeepAliveResponse.Parser) is { } kept && Check(sighting, kept.Header);
        }
    }

    private static bool Check(EtcdSighting sighting, Wire.Header? header)
    {
        sighting.Check(header, 0);
        return true;
    }

    private static T? Read<T>(Stream stream, MessageParser<T> parser) where T : class, IMessage<T>
    {
        ValueTask<T?> reading = GrpcFrame.ReadAsync(stream, parser, CancellationToken.None);
        Require(reading.IsCompleted, "a read of memory that is waited for");
        return reading.AsTask().GetAwaiter().GetResult();
    }
}
