namespace Weft.Host.Control;

/// <summary>Reads lines of bounded length from somebody who may be hostile.</summary>
/// <param name="stream">Where they come from.</param>
/// <param name="maxBytes">Longest line.</param>
/// <param name="oneByOne">Whether nothing behind a line is taken from the stream, because something else than lines follows.</param>
internal sealed class LineReader(Stream stream, int maxBytes, bool oneByOne = false)
{
    private const byte NewLine = (byte)'\n';
    private byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>The next line without its end.</summary>
    /// <returns>Null at the end of the stream.</returns>
    /// <exception cref="IOException">The line is longer than allowed.</exception>
    /// <exception cref="OperationCanceledException">Nothing came in time.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        int searched = 0;
        while (true)
        {
            int end = _buffer.AsSpan(searched, _length - searched).IndexOf(NewLine);
            if (end >= 0)
            {
                return Take(searched + end);
            }

            searched = _length;
            if (_length == _buffer.Length)
            {
                Grow();
            }

            int read = await stream.ReadAsync(oneByOne ? _buffer.AsMemory(_length, 1) : _buffer.AsMemory(_length), limit.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _length += read;
        }
    }

    private byte[] Take(int end)
    {
        byte[] line = _buffer[..end];
        _buffer.AsSpan(end + 1, _length - end - 1).CopyTo(_buffer);
        _length -= end + 1;
        return line;
    }

    private void Grow()
    {
        if (_buffer.Length >= maxBytes)
        {
            throw new IOException($"The line is longer than {maxBytes} bytes.");
        }

        Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, maxBytes));
    }
}
