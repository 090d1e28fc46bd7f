using System.Globalization;

namespace Weft.Ids;

/// <summary>
/// Cuts both directions of an HTTP/1 connection into heads and bodies (RFC 9112), as leniently as the receivers that an
/// attacker counts on.
/// </summary>
internal sealed class HttpReader(AppStore store, IMessageEvents events, int headSize)
{
    // Bits of a request that its answer needs: two for each of so many that wait for one.
    private const int HeadBit = 1;
    private const int ConnectBit = 2;

    private readonly HttpHead _head = Reserved(headSize);

    /// <summary>Reads more of a direction.</summary>
    public void Feed(ref Inspection inspection, int session, ReadOnlySpan<byte> data)
    {
        bool toServer = inspection.ToServer;
        if (!toServer)
        {
            EndUnansweredRequest(ref inspection, session);
        }

        ref AppDirection side = ref store[session, toServer];
        while (!data.IsEmpty && side.Phase != AppPhase.Done)
        {
            int used = side.Phase switch
            {
                AppPhase.Head => ReadHead(ref inspection, session, ref side, data),
                AppPhase.ChunkSize => HttpChunks.ReadSize(ref side, data),
                AppPhase.ChunkEnd => HttpChunks.ReadEnd(ref side, data),
                AppPhase.Trailer => ReadTrailer(ref inspection, session, ref side, data),
                _ => ReadBody(ref inspection, session, ref side, data),
            };
            data = data[used..];
        }
    }

    /// <summary>No more will come: what was begun is complete.</summary>
    public void End(ref Inspection inspection, int session)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        if (side.Phase == AppPhase.Head && side.HeadLength > 0 && !side.HasHead)
        {
            EndHead(ref inspection, session, ref side);
        }

        if (side.HasHead && side.Phase != AppPhase.Done)
        {
            Complete(ref inspection, session, ref side);
        }
    }

    private static HttpHead Reserved(int size)
    {
        var head = new HttpHead();
        head.Reserve(size);
        return head;
    }

    // A request without version has no header lines and no empty line behind it (HTTP/0.9).
    private void EndUnansweredRequest(ref Inspection inspection, int session)
    {
        ref AppDirection request = ref store[session, toServer: true];
        if (request.Phase == AppPhase.Head && request.HeadLength > 0)
        {
            Inspection other = inspection;
            other.ToServer = true;
            other.Packet = inspection.Packet.Reversed();
            EndHead(ref other, session, ref request);
        }
    }

    private int ReadHead(ref Inspection inspection, int session, ref AppDirection side, ReadOnlySpan<byte> data)
    {
        Span<byte> head = store.HeadOf(session, inspection.ToServer);
        int used = 0;
        while (used < data.Length)
        {
            int feed = data[used..].IndexOf((byte)'\n');
            int length = feed < 0 ? data.Length - used : feed + 1;
            if (side.HeadLength + length > head.Length)
            {
                // No receiver takes a head of such length; what follows cannot be told.
                side.Phase = AppPhase.Done;
                side.IsHeadCut = true;
                EndHead(ref inspection, session, ref side);
                side.Phase = AppPhase.Done;
                return data.Length;
            }

            int lineStart = LineStart(head[..side.HeadLength]);
            data.Slice(used, length).CopyTo(head[side.HeadLength..]);
            side.HeadLength += length;
            used += length;
            if (feed < 0)
            {
                break;
            }

            ReadOnlySpan<byte> line = head[lineStart..side.HeadLength];
            ReadOnlySpan<byte> text = line.TrimEnd("\r\n"u8);
            bool isBlank = text.Trim(" \t"u8).IsEmpty;
            if (text.IsEmpty || (isBlank && (lineStart == 0 || line[^2] != '\r')))
            {
                // Empty lines before a message are nothing (RFC 9112 section 2.2).
                if (lineStart == 0)
                {
                    side.HeadLength = 0;
                    continue;
                }

                EndHead(ref inspection, session, ref side);
                return used;
            }

            bool isFirst = lineStart == 0 || head[..(lineStart - 1)].IndexOf((byte)'\n') < 0;
            if (isFirst && !inspection.ToServer && !IsStatusLine(head[..side.HeadLength]))
            {
                // A line before the status line is skipped; if there is no status line at all, it is all a body.
                if (lineStart > 0 && !IsStatusLine(line))
                {
                    return BeginBareBody(ref inspection, session, ref side, used);
                }

                if (lineStart > 0)
                {
                    line.CopyTo(head);
                    side.HeadLength = line.Length;
                }
            }
        }

        return used;
    }

    private static int LineStart(ReadOnlySpan<byte> head) => head.LastIndexOf((byte)'\n') + 1;

    private static bool IsStatusLine(ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(" \t\r\0"u8);
        return line.Length >= 4 && HttpWords.EqualsAnyCase(line[..4], "HTTP"u8);
    }

    // What does not begin with a status line is a body without a head.
    private int BeginBareBody(ref Inspection inspection, int session, ref AppDirection side, int used)
    {
        ReadOnlySpan<byte> line = store.HeadOf(session, inspection.ToServer)[..side.HeadLength];
        side.HasHead = true;
        side.Phase = AppPhase.OpenBody;
        side.Remaining = long.MaxValue;
        Span<byte> body = store.BodyOf(session, inspection.ToServer);
        int length = Math.Min(line.Length, body.Length);
        line[..length].CopyTo(body);
        side.BodyLength = length;
        side.HeadLength = 0;
        return used;
    }

    private void EndHead(ref Inspection inspection, int session, ref AppDirection side)
    {
        side.HasHead = true;
        _head.Parse(store.HeadOf(session, inspection.ToServer)[..side.HeadLength], inspection.ToServer);
        if (inspection.ToServer)
        {
            side.IsHeadRequest = HttpWords.EqualsAnyCase(_head.Line[_head.Method], "HEAD"u8);
            side.IsConnect = HttpWords.EqualsAnyCase(_head.Line[_head.Method], "CONNECT"u8);
            side.Questions = side.Questions << 2 | (side.IsHeadRequest ? (ulong)HeadBit : 0) | (side.IsConnect ? (ulong)ConnectBit : 0);
        }

        ChooseBody(ref inspection, session, ref side);
        events.OnHead(ref inspection, session);
        if (side.Phase == AppPhase.Head)
        {
            Complete(ref inspection, session, ref side);
        }
        else if (side.Phase == AppPhase.Done)
        {
            events.OnComplete(ref inspection, session);
        }
    }

    // RFC 9112 section 6.3.
    private void ChooseBody(ref Inspection inspection, int session, ref AppDirection side)
    {
        if (side.Phase == AppPhase.Done)
        {
            return;
        }

        side.Phase = AppPhase.Head;
        if (!inspection.ToServer)
        {
            ulong question = QuestionOf(session);
            int status = StatusOf(_head.Line[_head.Status]);
            if (status == 101 || ((question & ConnectBit) != 0 && status is >= 200 and < 300))
            {
                side.Phase = AppPhase.Done;
                store[session, toServer: true].Phase = AppPhase.Done;
                return;
            }

            if (status is 204 or (>= 100 and < 200))
            {
                bool hasLength = _head.Find("content-length"u8) is int found and >= 0 && TryLength(_head.ValueOf(found), out long promised) && promised > 0;
                if (!hasLength || status == 100)
                {
                    // Behind an interim answer the real one follows.
                    side.Messages -= status == 204 ? 0 : 1;
                    return;
                }
            }

            // What must not have a body but says how long it is has one for some receivers.
            if ((question & HeadBit) != 0 || status == 304)
            {
                return;
            }
        }

        if (IsChunked())
        {
            side.Phase = AppPhase.ChunkSize;
            side.Remaining = 0;
            side.ChunkDigits = 0;
            return;
        }

        int length = _head.Find("content-length"u8);
        if (length >= 0 && TryLength(_head.ValueOf(length), out long bytes))
        {
            side.Remaining = bytes;
            side.Phase = bytes > 0 ? AppPhase.CountedBody : AppPhase.Head;
            return;
        }

        if (!inspection.ToServer)
        {
            side.Phase = AppPhase.OpenBody;
            side.Remaining = long.MaxValue;
        }
    }

    private bool IsChunked()
    {
        for (int i = 0; i < _head.FieldCount; i++)
        {
            if (HttpWords.IsName(_head.NameOf(i), "transfer-encoding"u8) && HttpWords.ContainsAnyCase(_head.ValueOf(i), "chunked"u8))
            {
                return true;
            }
        }

        return false;
    }

    private ulong QuestionOf(int session)
    {
        ref AppDirection request = ref store[session, toServer: true];
        int behind = request.Messages + (request.HasHead ? 1 : 0) - 1 - store[session, toServer: false].Messages;
        return behind is >= 0 and < 32 ? request.Questions >> (2 * behind) & 3 : 0;
    }

    private static int StatusOf(ReadOnlySpan<byte> text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : 0;

    private static bool TryLength(ReadOnlySpan<byte> text, out long length)
    {
        length = 0;
        int digits = 0;
        while (digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9' && length < int.MaxValue)
        {
            length = length * 10 + text[digits++] - '0';
        }

        return digits > 0 && text[digits..].Trim(" \t\r\n,;"u8).IsEmpty;
    }

    private int ReadBody(ref Inspection inspection, int session, ref AppDirection side, ReadOnlySpan<byte> data)
    {
        int used = (int)Math.Min(data.Length, side.Remaining);
        Keep(ref inspection, session, ref side, data[..used]);
        side.Remaining -= side.Remaining == long.MaxValue ? 0 : used;
        if (side.Remaining > 0)
        {
            return used;
        }

        if (side.Phase == AppPhase.ChunkData)
        {
            side.Phase = AppPhase.ChunkEnd;
        }
        else
        {
            Complete(ref inspection, session, ref side);
        }

        return used;
    }

    /// <summary>Keeps bytes of the body; when there is no more room, what is there is looked at and its second half kept.</summary>
    private void Keep(ref Inspection inspection, int session, ref AppDirection side, ReadOnlySpan<byte> data)
    {
        Span<byte> body = store.BodyOf(session, inspection.ToServer);
        while (!data.IsEmpty)
        {
            if (side.BodyLength == body.Length)
            {
                events.OnBody(ref inspection, session, isComplete: false);
                int half = body.Length / 2;
                body[half..].CopyTo(body);
                side.BodyLength -= half;
                side.BodySkipped += half;
            }

            int length = Math.Min(data.Length, body.Length - side.BodyLength);
            data[..length].CopyTo(body[side.BodyLength..]);
            side.BodyLength += length;
            data = data[length..];
        }
    }

    private int ReadTrailer(ref Inspection inspection, int session, ref AppDirection side, ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length; i++)
        {
            if (data[i] != '\n')
            {
                side.TrailerLine += data[i] == '\r' ? 0 : 1;
                continue;
            }

            if (side.TrailerLine == 0)
            {
                Complete(ref inspection, session, ref side);
                return i + 1;
            }

            side.TrailerLine = 0;
        }

        return data.Length;
    }

    private void Complete(ref Inspection inspection, int session, ref AppDirection side)
    {
        events.OnBody(ref inspection, session, isComplete: true);
        events.OnComplete(ref inspection, session);
        ulong questions = side.Questions;
        side = new AppDirection { Messages = side.Messages + 1, LastHeadLength = side.HeadLength, Questions = questions, Phase = side.Phase == AppPhase.Done ? AppPhase.Done : AppPhase.Head };
    }
}
