using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Tls;

/// <summary>Calls of OpenSSL, and the records that it takes and gives meanwhile.</summary>
internal sealed unsafe partial class TlsConnection
{
    [ThreadStatic]
    private static TlsConnection? _current;

    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;
    private byte[]? _output;
    private int _outputStart;
    private int _outputEnd;
    private bool _inputEnded;

    /// <summary>The connection whose call is running on this thread.</summary>
    public static TlsConnection? Current => _current;

    /// <summary>Gives OpenSSL bytes of records; -1 if there are none yet, 0 at the end.</summary>
    internal int TakeInput(Span<byte> into)
    {
        if (_inputStart == _inputEnd)
        {
            if (_inputEnded)
            {
                return 0;
            }

            _input ??= _socket.Loop.Buffers.Rent();
            int count = _socket.Receive(_input);
            if (count == LoopSocket.WouldBlock)
            {
                return -1;
            }

            if (count <= 0)
            {
                _inputEnded = true;
                _broken |= count < 0;
                return 0;
            }

            _inputStart = 0;
            _inputEnd = count;
        }

        int length = Math.Min(into.Length, _inputEnd - _inputStart);
        _input.AsSpan(_inputStart, length).CopyTo(into);
        _inputStart += length;
        return length;
    }

    /// <summary>Takes bytes of records from OpenSSL.</summary>
    internal void AddOutput(ReadOnlySpan<byte> bytes)
    {
        if (_outputBroken)
        {
            return;
        }

        _output ??= _socket.Loop.Buffers.Rent();
        if (_outputStart == _outputEnd)
        {
            _outputStart = 0;
            _outputEnd = 0;
        }
        else if (_output.Length - _outputEnd < bytes.Length && _outputStart > 0)
        {
            _output.AsSpan(_outputStart.._outputEnd).CopyTo(_output);
            _outputEnd -= _outputStart;
            _outputStart = 0;
        }

        if (_output.Length - _outputEnd < bytes.Length)
        {
            // Callers stop at the mark, so only answers to a peer that reads nothing (key updates) can come here.
            _broken = true;
            return;
        }

        bytes.CopyTo(_output.AsSpan(_outputEnd));
        _outputEnd += bytes.Length;
    }

    private static int DoHandshake(nint ssl, byte* buffer, int length) => OpenSsl.SSL_do_handshake(ssl);

    private static int DoRead(nint ssl, byte* buffer, int length) => OpenSsl.SSL_read(ssl, buffer, length);

    private static int DoWrite(nint ssl, byte* buffer, int length) => OpenSsl.SSL_write(ssl, buffer, length);

    private static int DoShutdown(nint ssl, byte* buffer, int length) => OpenSsl.SSL_shutdown(ssl);

    private static int DoKeyUpdate(nint ssl, byte* buffer, int length) =>
        OpenSsl.SSL_key_update(ssl, OpenSsl.KeyUpdateNotRequested) == 1 ? OpenSsl.SSL_do_handshake(ssl) : 0;

    private static int DoKeyUpdateOfBoth(nint ssl, byte* buffer, int length) =>
        OpenSsl.SSL_key_update(ssl, OpenSsl.KeyUpdateRequested) == 1 ? OpenSsl.SSL_do_handshake(ssl) : 0;

    private int Enter(delegate*<nint, byte*, int, int> call, byte* buffer, int length)
    {
        if (_ssl == 0)
        {
            return -1;
        }

        _current = this;
        OpenSsl.ERR_clear_error(); // what another connection left on this thread would be taken for this one's
        int result = call(_ssl, buffer, length);
        _current = null;
        if (_inputStart == _inputEnd)
        {
            ReturnInput();
        }

        return result;
    }

    private void ReturnInput()
    {
        if (_input is not null)
        {
            _socket.Loop.Buffers.Return(_input);
            _input = null;
            _inputStart = 0;
            _inputEnd = 0;
        }
    }

    private void ReturnOutput()
    {
        if (_output is not null)
        {
            _socket.Loop.Buffers.Return(_output);
            _output = null;
            _outputStart = 0;
            _outputEnd = 0;
        }
    }
}
