using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>Gives the bytes of streams to the readers of their protocols.</summary>
internal sealed class SessionReader(AppStore store, IMessageEvents events, int headSize)
{
    private const int RecordHeader = 5;
    private const byte HandshakeRecord = 22;
    private const byte ApplicationRecord = 23;

    private readonly HttpReader _http = new(store, events, headSize);

    /// <summary>Reads more of a direction.</summary>
    public void Feed(ref Inspection inspection, AppProtocol app, int session, ReadOnlySpan<byte> data)
    {
        switch (app)
        {
            case AppProtocol.Http:
                _http.Feed(ref inspection, session, data);
                break;
            case AppProtocol.Tls:
                ReadTls(ref inspection, session, data);
                break;
            case AppProtocol.Ssh:
                ReadLine(ref inspection, session, data);
                break;
            case AppProtocol.Dns:
                ReadDns(ref inspection, session, data);
                break;
        }
    }

    /// <summary>Nothing more will come of a direction.</summary>
    public void End(ref Inspection inspection, AppProtocol app, int session)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        if (app == AppProtocol.Http)
        {
            _http.End(ref inspection, session);
        }
        else if (app == AppProtocol.Tls && side.Phase != AppPhase.Done && side.HeadLength > 0)
        {
            EndTls(ref inspection, session, ref side);
        }
    }

    /// <summary>Bytes are missing: messages cannot be told from each other any more.</summary>
    public void Gap(ref Inspection inspection, AppProtocol app, int session)
    {
        End(ref inspection, app, session);
        store[session, inspection.ToServer].Phase = AppPhase.Done;
    }

    /// <summary>Looks at a body that is not complete: a detector that drops cannot wait for its end.</summary>
    public void Peek(ref Inspection inspection, int session)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        if (side.HasHead && side.Phase is not (AppPhase.Done or AppPhase.Head))
        {
            events.OnBody(ref inspection, session, isComplete: false);
        }
    }

    // Records are collected in the body, the handshake in them becomes the head.
    private void ReadTls(ref Inspection inspection, int session, ReadOnlySpan<byte> data)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        Span<byte> records = store.BodyOf(session, inspection.ToServer);
        while (!data.IsEmpty && side.Phase != AppPhase.Done)
        {
            int length = Math.Min(data.Length, records.Length - side.BodyLength);
            data[..length].CopyTo(records[side.BodyLength..]);
            side.BodyLength += length;
            data = data[length..];
            int taken = TakeRecords(ref inspection, session, ref side, records[..side.BodyLength]);
            records[taken..side.BodyLength].CopyTo(records);
            side.BodyLength -= taken;
            if (taken == 0 && side.BodyLength == records.Length)
            {
                side.Phase = AppPhase.Done;
            }
        }
    }

    private int TakeRecords(ref Inspection inspection, int session, ref AppDirection side, ReadOnlySpan<byte> records)
    {
        int taken = 0;
        while (side.Phase != AppPhase.Done && records.Length - taken >= RecordHeader)
        {
            ReadOnlySpan<byte> rest = records[taken..];
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            if (rest[0] is < 20 or > 24 || rest[1] != 3)
            {
                EndTls(ref inspection, session, ref side);
                break;
            }

            if (rest.Length < RecordHeader + length)
            {
                break;
            }

            if (rest[0] == HandshakeRecord)
            {
                Span<byte> head = store.HeadOf(session, inspection.ToServer);
                int kept = Math.Min(length, head.Length - side.HeadLength);
                rest.Slice(RecordHeader, kept).CopyTo(head[side.HeadLength..]);
                side.HeadLength += kept;
                byte last = inspection.ToServer ? TlsHello.ClientHello : TlsHello.Certificate;
                if (kept < length || TlsHello.TryFind(head[..side.HeadLength], last, out _))
                {
                    EndTls(ref inspection, session, ref side);
                }
            }
            else if (rest[0] == ApplicationRecord || (side.HeadLength > 0 && rest[0] == 20))
            {
                EndTls(ref inspection, session, ref side);
            }

            taken += RecordHeader + length;
        }

        return taken;
    }

    private void EndTls(ref Inspection inspection, int session, ref AppDirection side)
    {
        side.HasHead = true;
        events.OnHead(ref inspection, session);
        side.Phase = AppPhase.Done;
    }

    private void ReadLine(ref Inspection inspection, int session, ReadOnlySpan<byte> data)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        if (side.Phase == AppPhase.Done)
        {
            return;
        }

        Span<byte> head = store.HeadOf(session, inspection.ToServer);
        int length = Math.Min(data.Length, head.Length - side.HeadLength);
        data[..length].CopyTo(head[side.HeadLength..]);
        side.HeadLength += length;
        int feed = head[..side.HeadLength].IndexOf((byte)'\n');
        if (feed >= 0 || side.HeadLength == head.Length)
        {
            side.HeadLength = feed >= 0 ? feed + 1 : side.HeadLength;
            side.HasHead = true;
            events.OnHead(ref inspection, session);
            side.Phase = AppPhase.Done;
        }
    }

    // Each message has its length before it (RFC 1035 section 4.2.2).
    private void ReadDns(ref Inspection inspection, int session, ReadOnlySpan<byte> data)
    {
        const int Prefix = 2;
        ref AppDirection side = ref store[session, inspection.ToServer];
        Span<byte> body = store.BodyOf(session, inspection.ToServer);
        Span<byte> head = store.HeadOf(session, inspection.ToServer);
        while (!data.IsEmpty && side.Phase != AppPhase.Done)
        {
            int length = Math.Min(data.Length, body.Length - side.BodyLength);
            data[..length].CopyTo(body[side.BodyLength..]);
            side.BodyLength += length;
            data = data[length..];
            int taken = 0;
            while (side.BodyLength - taken >= Prefix)
            {
                int message = BinaryPrimitives.ReadUInt16BigEndian(body[taken..]);
                if (message > head.Length || message < DnsMessage.HeaderLength)
                {
                    side.Phase = AppPhase.Done;
                    return;
                }

                if (side.BodyLength - taken < Prefix + message)
                {
                    break;
                }

                body.Slice(taken + Prefix, message).CopyTo(head);
                side.HeadLength = message;
                side.MatchedCount = 0;
                events.OnHead(ref inspection, session);
                side.Messages++;
                taken += Prefix + message;
            }

            body[taken..side.BodyLength].CopyTo(body);
            side.BodyLength -= taken;
        }
    }
}
