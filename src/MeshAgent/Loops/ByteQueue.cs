namespace Weft.MeshAgent.Loops;

/// <summary>Bytes that wait in pooled buffers, first in first out.</summary>
internal sealed class ByteQueue(BufferPool pool)
{
    private readonly Queue<byte[]> _buffers = new();
    private byte[]? _last;
    private int _start;
    private int _end;

    /// <summary>Bytes that wait.</summary>
    public int Length { get; private set; }

    /// <summary>The first of them, as far as they lie together.</summary>
    public ReadOnlySpan<byte> First => Length == 0 ? [] : _buffers.Peek().AsSpan(_start..(_buffers.Count == 1 ? _end : BufferPool.BufferBytes));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_last is null || _end == _last.Length)
            {
                _last = pool.Rent();
                _end = 0;
                _buffers.Enqueue(_last);
            }

            int count = Math.Min(bytes.Length, _last.Length - _end);
            bytes[..count].CopyTo(_last.AsSpan(_end));
            _end += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Copies the first bytes without taking them.</summary>
    /// <returns>How many were copied.</returns>
    public int Peek(Span<byte> into)
    {
        int copied = 0;
        int start = _start;
        int left = _buffers.Count;
        foreach (byte[] buffer in _buffers)
        {
            ReadOnlySpan<byte> part = buffer.AsSpan(start..(--left == 0 ? _end : buffer.Length));
            int count = Math.Min(part.Length, into.Length - copied);
            part[..count].CopyTo(into[copied..]);
            copied += count;
            start = 0;
        }

        return copied;
    }

    /// <summary>Takes the first bytes away.</summary>
    public void Advance(int count)
    {
        Length -= count;
        while (count > 0)
        {
            int here = (_buffers.Count == 1 ? _end : BufferPool.BufferBytes) - _start;
            int step = Math.Min(count, here);
            _start += step;
            count -= step;
            if (step == here)
            {
                pool.Return(_buffers.Dequeue());
                _start = 0;
            }
        }

        if (_buffers.Count == 0)
        {
            _last = null;
        }
    }

    /// <summary>Gives all buffers back.</summary>
    public void Clear()
    {
        while (_buffers.TryDequeue(out byte[]? buffer))
        {
            pool.Return(buffer);
        }

        _last = null;
        _start = 0;
        Length = 0;
    }
}
