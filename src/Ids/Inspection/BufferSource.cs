using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weft.Ids;

/// <summary>
/// Makes the buffers that rules look at, each when it is asked for the first time. They are good until the next
/// <see cref="Begin"/>.
/// </summary>
internal sealed class BufferSource
{
    /// <summary>Bytes that a compressed body is decompressed to at most.</summary>
    public const int MaxDecoded = 65_536;

    private const int ArenaBytes = 1 << 20;
    private const int MaxLayers = 3;

    private readonly byte[] _arena = GC.AllocateUninitializedArray<byte>(ArenaBytes);
    private readonly HttpHead _head = new();
    private readonly Inflater _inflater = new();
    private Entry[] _entries = [];
    private uint _epoch = 1;
    private int _used;
    private bool _isHeadParsed;
    private Entry _body;

    public BufferSource(int headSize) => _head.Reserve(headSize);

    /// <summary>True if something did not fit since the last <see cref="Begin"/>.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>Forgets all buffers: others are to be made.</summary>
    public void Begin(RuleImage image)
    {
        if (_entries.Length < image.Buffers.Length)
        {
            _entries = new Entry[image.Buffers.Length];
        }

        _epoch++;
        _used = 0;
        _isHeadParsed = false;
        IsCutShort = false;
    }

    /// <summary>The head of the message, taken apart.</summary>
    public HttpHead HeadOf(ref Inspection inspection)
    {
        if (!_isHeadParsed)
        {
            _head.Parse(inspection.Head, inspection.ToServer);
            _isHeadParsed = true;
        }

        return _head;
    }

    /// <summary>Gets a buffer.</summary>
    /// <returns>False if there is none, or no such instance of it.</returns>
    public bool TryGet(ImageBuffer buffer, int number, int instance, ref Inspection inspection, out ReadOnlySpan<byte> data)
    {
        ref Entry entry = ref _entries[number];
        if (entry.Epoch == _epoch && entry.Instance == instance)
        {
            data = _arena.AsSpan(entry.Start, Math.Max(0, entry.Length));
            return entry.Length >= 0;
        }

        if (buffer.Transforms.Length == 0 && TryDirect(buffer.Kind, instance, ref inspection, out data))
        {
            return true;
        }

        if (_used > ArenaBytes - 4 * MaxDecoded)
        {
            IsCutShort = true;
            data = default;
            return false;
        }

        bool isDirect = TryDirect(buffer.Kind, instance, ref inspection, out ReadOnlySpan<byte> raw);
        int start = _used;
        int length = isDirect ? CopyRaw(raw) : IsDirect(buffer.Kind) ? -1 : Write(buffer.Kind, instance, ref inspection, _arena.AsSpan(start));
        for (int i = 0; i < buffer.Transforms.Length && length >= 0; i++)
        {
            int next = start + length;
            length = TransformRunner.Run(buffer.Transforms[i], _arena.AsSpan(start, length), _arena.AsSpan(next));
            start = next;
        }

        entry = new Entry { Epoch = _epoch, Instance = instance, Start = start, Length = length };
        _used = start + Math.Max(0, length);
        data = _arena.AsSpan(entry.Start, Math.Max(0, length));
        return length >= 0;
    }

    private static bool IsBody(BufferKind kind) => kind is BufferKind.HttpRequestBody or BufferKind.HttpResponseBody or BufferKind.FileData;

    private static bool IsDirect(BufferKind kind) => kind <= BufferKind.IcmpHeader || IsBody(kind);

    private int CopyRaw(ReadOnlySpan<byte> raw)
    {
        int length = Math.Min(raw.Length, MaxDecoded);
        IsCutShort |= length < raw.Length;
        raw[..length].CopyTo(_arena.AsSpan(_used));
        return length;
    }

    /// <summary>Buffers that need no copy.</summary>
    private bool TryDirect(BufferKind kind, int instance, ref Inspection inspection, out ReadOnlySpan<byte> data)
    {
        bool isThere = instance == 0;
        data = default;
        switch (kind)
        {
            case BufferKind.Payload:
                data = inspection.Payload;
                return isThere;
            case BufferKind.HttpRequestBody or BufferKind.HttpResponseBody or BufferKind.FileData:
                return isThere && TryBody(ref inspection, out data);
            case BufferKind.IPv4Header:
                data = inspection.Packet.NetworkHeader;
                return isThere && inspection.Packet.Version == 4;
            case BufferKind.IPv6Header:
                data = inspection.Packet.NetworkHeader;
                return isThere && inspection.Packet.Version == 6;
            case BufferKind.TcpHeader:
                data = inspection.Packet.TransportHeader;
                return isThere && inspection.Packet.IsTcp;
            case BufferKind.UdpHeader:
                data = inspection.Packet.TransportHeader;
                return isThere && inspection.Packet.IsUdp;
            case BufferKind.IcmpHeader:
                data = inspection.Packet.TransportHeader;
                return isThere && inspection.Packet.IsIcmp;
            case BufferKind.TlsServerName:
                data = TlsHello.TryFind(inspection.Head, TlsHello.ClientHello, out ReadOnlySpan<byte> hello) ? TlsHello.ServerName(hello) : [];
                return isThere && !data.IsEmpty;
            case BufferKind.TlsCerts:
                return TlsHello.TryFind(inspection.Head, TlsHello.Certificate, out ReadOnlySpan<byte> chain) && TlsHello.TryCertificate(chain, instance, out data);
            case BufferKind.SshProtocol:
                data = SshBanner.Protocol(inspection.Head);
                return isThere && !data.IsEmpty;
            case BufferKind.SshSoftware:
                data = SshBanner.Software(inspection.Head);
                return isThere && !data.IsEmpty;
            default:
                return false;
        }
    }

    private int Write(BufferKind kind, int instance, ref Inspection inspection, Span<byte> output)
    {
        return BufferTraits.AppOf(kind) switch
        {
            AppProtocol.Http when kind == BufferKind.HttpEvents => instance == 0 ? WriteHttpEvents(ref inspection, output) : -1,
            AppProtocol.Http => instance == 0 || BufferTraits.IsMultiple(kind) ? HttpBuffers.Write(kind, HeadOf(ref inspection), instance, output[..MaxDecoded]) : -1,
            AppProtocol.Dns => WriteDns(kind, instance, inspection.Head, inspection.ToServer, output),
            AppProtocol.Tls => instance == 0 ? WriteTls(kind, inspection.Head, inspection.ToServer, output) : -1,
            _ => -1,
        };
    }

    private int WriteHttpEvents(ref Inspection inspection, Span<byte> output)
    {
        HttpEvent events = HttpEvents.Of(HeadOf(ref inspection), inspection.IsHeadCut, output);
        BinaryPrimitives.WriteUInt32BigEndian(output, (uint)events);
        return sizeof(uint);
    }

    /// <summary>The body, decompressed: one for all names that rules have for it.</summary>
    private bool TryBody(ref Inspection inspection, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (inspection.Body.IsEmpty)
        {
            return false;
        }

        if (_body.Epoch != _epoch)
        {
            if (_used > ArenaBytes - 4 * MaxDecoded)
            {
                IsCutShort = true;
                return false;
            }

            _body = new Entry { Epoch = _epoch, Start = _used, Length = WriteBody(ref inspection, _arena.AsSpan(_used)) };
            _used += _body.Length;
        }

        data = _arena.AsSpan(_body.Start, _body.Length);
        return true;
    }

    private int WriteBody(ref Inspection inspection, Span<byte> output)
    {
        HttpHead head = HeadOf(ref inspection);
        int length = Math.Min(inspection.Body.Length, MaxDecoded);
        inspection.Body[..length].CopyTo(output);
        if (inspection.BodySkipped > 0)
        {
            return length;
        }

        // The coding that was applied last stands last (RFC 9110 section 8.4).
        int layers = 0;
        for (int field = head.FieldCount - 1; field >= 0; field--)
        {
            if (HttpWords.IsName(head.NameOf(field), "content-encoding"u8))
            {
                ReadOnlySpan<byte> codings = head.ValueOf(field);
                while (!codings.IsEmpty && layers++ < MaxLayers)
                {
                    int comma = codings.LastIndexOf((byte)',');
                    length = Decode(codings[(comma + 1)..], output, length);
                    codings = comma < 0 ? [] : codings[..comma];
                }
            }
        }

        return length;
    }

    private int Decode(ReadOnlySpan<byte> coding, Span<byte> output, int length)
    {
        bool isGzip = HttpWords.ContainsAnyCase(coding, "gzip"u8);
        if (!isGzip && !HttpWords.ContainsAnyCase(coding, "deflate"u8))
        {
            return length;
        }

        Span<byte> decoded = output.Slice(MaxDecoded, MaxDecoded);
        ReadOnlySpan<byte> coded = output[..length].TrimStart("\r\n"u8);
        int written = isGzip || coded is [0x1F, 0x8B, ..] ? _inflater.Gzip(coded, decoded) : _inflater.Deflate(coded, decoded);
        if (written == 0)
        {
            return length;
        }

        decoded[..written].CopyTo(output);
        return written;
    }

    private static int WriteDns(BufferKind kind, int instance, ReadOnlySpan<byte> message, bool toServer, Span<byte> output)
    {
        if (message.Length < DnsMessage.HeaderLength)
        {
            return -1;
        }

        if (kind == BufferKind.DnsEvents)
        {
            BinaryPrimitives.WriteUInt32BigEndian(output, (uint)DnsEvents.Of(message, toServer));
            return instance == 0 ? sizeof(uint) : -1;
        }

        if (kind is BufferKind.DnsOpcode or BufferKind.DnsResponseCode)
        {
            output[0] = (byte)(kind == BufferKind.DnsOpcode ? message[2] >> 3 & 0xF : message[3] & 0xF);
            return instance == 0 ? 1 : -1;
        }

        if (!DnsMessage.TryQuestion(message, instance, out int nameAt, out int end))
        {
            return -1;
        }

        if (kind == BufferKind.DnsType)
        {
            message.Slice(end - 4, 2).CopyTo(output);
            return 2;
        }

        return DnsMessage.WriteName(message, nameAt, output[..DnsMessage.MaxName]);
    }

    private static int WriteTls(BufferKind kind, ReadOnlySpan<byte> handshake, bool toServer, Span<byte> output)
    {
        if (kind == BufferKind.TlsVersion)
        {
            if (!TlsHello.TryFind(handshake, toServer ? TlsHello.ClientHello : TlsHello.ServerHello, out ReadOnlySpan<byte> hello))
            {
                return -1;
            }

            BinaryPrimitives.WriteUInt16BigEndian(output, TlsHello.Version(hello, toServer));
            return 2;
        }

        if (!TlsHello.TryFind(handshake, TlsHello.Certificate, out ReadOnlySpan<byte> chain) || !TlsHello.TryCertificate(chain, 0, out ReadOnlySpan<byte> certificate))
        {
            return -1;
        }

        return kind switch
        {
            BufferKind.TlsCertFingerprint => Fingerprint(certificate, output),
            BufferKind.TlsCertSubject => Certificate.WriteName(certificate, isSubject: true, output),
            BufferKind.TlsCertIssuer => Certificate.WriteName(certificate, isSubject: false, output),
            _ => Certificate.WriteSerial(certificate, output),
        };
    }

    private static int Fingerprint(ReadOnlySpan<byte> certificate, Span<byte> output)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // Rules name certificates by this digest.
        SHA1.HashData(certificate, hash);
#pragma warning restore CA5350
        return Certificate.WriteHex(hash, output);
    }

    private struct Entry
    {
        public uint Epoch;
        public int Instance;
        public int Start;
        public int Length;
    }
}
