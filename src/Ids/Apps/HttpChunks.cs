namespace Weft.Ids;

/// <summary>Reads what stands between the chunks of a body (RFC 9112 section 7.1).</summary>
internal static class HttpChunks
{
    /// <summary>Reads the line with a chunk's size.</summary>
    /// <returns>Bytes read.</returns>
    public static int ReadSize(ref AppDirection side, ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length; i++)
        {
            byte value = data[i];
            if (value == '\n')
            {
                if (side.ChunkDigits == 0)
                {
                    // Empty lines before a size are skipped, as receivers do.
                    continue;
                }

                side.Phase = side.Remaining > 0 ? AppPhase.ChunkData : AppPhase.Trailer;
                side.ChunkDigits = 0;
                side.IsInExtension = false;
                side.TrailerLine = 0;
                return i + 1;
            }

            if (side.IsInExtension || value is (byte)'\r')
            {
                continue;
            }

            int digit = char.IsAsciiHexDigit((char)value) ? (value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10) : -1;
            if (digit >= 0 && side.Remaining <= int.MaxValue)
            {
                side.Remaining = side.Remaining << 4 | (long)digit;
                side.ChunkDigits++;
            }
            else if (side.ChunkDigits > 0)
            {
                side.IsInExtension = true;
            }
            else if (value is not ((byte)' ' or (byte)'\t' or 0x0B or 0x0C))
            {
                // No size: the rest is taken as it stands.
                side.Phase = AppPhase.OpenBody;
                side.Remaining = long.MaxValue;
                return i;
            }
        }

        return data.Length;
    }

    /// <summary>Reads the line end behind a chunk.</summary>
    /// <returns>Bytes read.</returns>
    public static int ReadEnd(ref AppDirection side, ReadOnlySpan<byte> data)
    {
        int feed = data.IndexOf((byte)'\n');
        side.Remaining = 0;
        side.ChunkDigits = 0;
        side.Phase = feed < 0 ? AppPhase.ChunkEnd : AppPhase.ChunkSize;
        return feed < 0 ? data.Length : feed + 1;
    }
}
