using System.Runtime.CompilerServices;

namespace Weft.Pcap;

/// <summary>A sink that collects records and writes them to a stream in large pieces.</summary>
internal sealed class StreamSink : CaptureSink
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private byte[] _buffer;
    private int _used;
    private bool _disposed;

    public StreamSink(Stream stream, int bufferBytes, bool leaveOpen)
    {
        _stream = stream;
        _leaveOpen = leaveOpen;
        _buffer = GC.AllocateUninitializedArray<byte>(bufferBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - _used < bytes)
        {
            MakeRoom(bytes);
        }

        return _buffer.AsSpan(_used);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Commit(int bytes)
    {
        _used += bytes;
        Written += bytes;
    }

    public override void Flush()
    {
        Drain();
        _stream.Flush();
    }

    public override async ValueTask<bool> FlushAsync(CancellationToken cancellationToken)
    {
        int used = _used;
        _used = 0;
        await _stream.WriteAsync(_buffer.AsMemory(0, used), cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    public override void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            Flush();
        }
        finally
        {
            if (!_leaveOpen)
            {
                _stream.Dispose();
            }
        }
    }

    private void MakeRoom(int bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Drain();
        if (_buffer.Length < bytes)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(bytes);
        }
    }

    private void Drain()
    {
        int used = _used;
        _used = 0;
        _stream.Write(_buffer, 0, used);
    }
}
