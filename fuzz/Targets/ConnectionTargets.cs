using System.Buffers;
using Weft.Cluster.Embedded;
using Weft.MeshAgent;
using Weft.MeshAgent.Mux;
using Wire = Weft.Cluster.Embedded.Wire;

namespace Weft.Fuzz.Targets;

internal sealed class MuxTarget : BytesTarget
{
    public override string Name => "mesh-mux";

    public override string What => "the shared connection between two mesh agents, as either side";

    public override IReadOnlyList<string> Assemblies => ["MeshAgent"];

    protected override IReadOnlyList<byte[]> Words => [.. Hex("0000000900000000010000040000000008", "0100000e000000010604c6120001c612000203e80050", "0300000400000001", "040000000000000 1", "050000010000000100", "060000040000000100000100", "0700000000000000")];

    public override IEnumerable<byte[]> Beginnings() => Hex("00" + "0000000900000000010000040000000008"[..34] + "0100000e000000010604c6120001c612000203e80050" + "030000040000000101020304" + "0400000000000001");

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        // The first byte says who reads, and how much at a time.
        var session = new MuxSession(isInitiator: (input[0] & 1) != 0, credit: 1_000, maxStreams: 8);
        int piece = 1 + (input[0] >> 1);
        ReadOnlySpan<byte> rest = input[1..];
        byte[] control = new byte[MuxSession.MaxControlFrame];
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> given = rest[..Math.Min(piece, rest.Length)];
            MuxViolation violation = session.Read(given, out int consumed, out MuxEvent happened);
            Require(consumed >= 0 && consumed <= given.Length, "more bytes consumed than given");
            if (violation != MuxViolation.None || (consumed == 0 && happened.Kind == default))
            {
                return;
            }

            if (happened.Kind == MuxEventKind.Opened)
            {
                session.Accept(happened.Stream!);
            }
            else if (happened.Kind == MuxEventKind.Data)
            {
                session.Consumed(happened.Stream!, happened.Data.Length);
            }

            while (session.WriteControl(control) is > 0 and int written)
            {
                Require(written <= control.Length, "a control frame longer than its room");
            }

            rest = rest[consumed..];
        }
    }

    private static IEnumerable<byte[]> Hex(params string[] texts) => texts.Select(text => text.Replace(" ", "", StringComparison.Ordinal)).Select(text => Convert.FromHexString(text[..(text.Length & ~1)]));
}

internal sealed class ProxyHeaderTarget : BytesTarget
{
    public override string Name => "proxy-header";

    public override string What => "the PROXY protocol, both versions";

    public override IReadOnlyList<string> Assemblies => ["MeshAgent"];

    protected override IReadOnlyList<byte[]> Words => [.. Texts("PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", "1.2.3.4", "::1", "65536"), [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]];

    public override IEnumerable<byte[]> Beginnings() => Texts("PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\r\nhello", "PROXY UNKNOWN\r\n")
        .Append([0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 3, 0xE8, 1, 0xBB]);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (ProxyHeader.TryRead(input, out ProxyHeader header, out int consumed) == OperationStatus.Done)
        {
            Require(consumed > 0 && consumed <= input.Length, "more bytes consumed than given");
            Span<byte> again = new byte[256];
            if (header.TryWrite(again, out int written))
            {
                Require(ProxyHeader.TryRead(again[..written], out ProxyHeader read, out _) == OperationStatus.Done && read.Equals(header), "a header that does not read as it was written");
            }
        }
    }
}

internal sealed class StoreFileTarget : BytesTarget
{
    private static readonly string Folder = ScratchFolder.Create("store");

    public override string Name => "store-file";

    public override string What => "the file of the embedded cluster store after whatever happened to the disk";

    public override IReadOnlyList<string> Assemblies => ["Cluster"];

    public override IEnumerable<byte[]> Beginnings()
    {
        string path = Path.Combine(Folder, "first");
        using (StoreLog log = StoreLog.Open(path, _ => { }))
        {
            log.Append(new Wire.Record { Grant = new Wire.LeaseGrant { Id = 1, Milliseconds = 1_000 } });
            var commit = new Wire.Commit { Revision = 1 };
            commit.Writes.Add(new Wire.Write { Key = "/a", Value = Google.Protobuf.ByteString.CopyFromUtf8("b"), Lease = 1, CreateRevision = 1, ModRevision = 1 });
            log.Append(new Wire.Record { Commit = commit });
        }

        yield return File.ReadAllBytes(path);
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        string path = Path.Combine(Folder, "store");
        File.WriteAllBytes(path, input);
        int records = 0;
        try
        {
            using StoreLog log = StoreLog.Open(path, _ => records++);
            Require(log.Length >= 0, "a negative length");
        }
        catch (InvalidDataException damaged)
        {
            Require(damaged.Message.Length > 0, "damage without words");
        }
    }
}
