using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Weft.Encap;

/// <summary>
/// OpenSSL's EVP interface with one context a key, kept for the life of the key: the key schedule is made once, and a packet sets
/// only the nonce. Several times faster for small packets than the runtime's classes, which clear the error queue around each call.
/// </summary>
internal sealed unsafe class OpenSslProvider : AeadProvider
{
    // EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of openssl/evp.h.
    private const int GetTag = 0x10;
    private const int SetTag = 0x11;

    private static readonly string[] Libraries = ["libcrypto.so.3", "libcrypto.3.dylib"];

    private readonly Functions? _functions;

    public OpenSslProvider()
    {
        foreach (string library in Libraries)
        {
            if (NativeLibrary.TryLoad(library, out nint handle) && Functions.TryBind(handle, out _functions))
            {
                Description = $"{library} {_functions!.Version()}";
                return;
            }
        }

        Description = "OpenSSL 3 (libcrypto.so.3) is not installed";
    }

    public override string Name => "openssl";

    public override string Description { get; }

    public override bool Supports(AeadAlgorithm algorithm) => _functions is not null;

    private protected override Aead CreateCore(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) => new Evp(algorithm, Name, _functions!, key);

    private static ReadOnlySpan<byte> CipherName(AeadAlgorithm algorithm) => algorithm switch
    {
        AeadAlgorithm.Aes128Gcm => "AES-128-GCM\0"u8,
        AeadAlgorithm.Aes256Gcm => "AES-256-GCM\0"u8,
        _ => "ChaCha20-Poly1305\0"u8,
    };

    private sealed class Functions
    {
        public delegate* unmanaged<nint, byte*, byte*, nint> Fetch;
        public delegate* unmanaged<nint, void> FreeCipher;
        public delegate* unmanaged<nint> NewContext;
        public delegate* unmanaged<nint, void> FreeContext;
        public delegate* unmanaged<nint, nint, nint, byte*, byte*, int, int> Init;
        public delegate* unmanaged<nint, byte*, int*, byte*, int, int> Update;
        public delegate* unmanaged<nint, byte*, int*, int> Final;
        public delegate* unmanaged<nint, int, int, byte*, int> Control;
        public delegate* unmanaged<void> ClearErrors;
        private delegate* unmanaged<int, nint> _version;

        public static bool TryBind(nint library, out Functions? functions)
        {
            var bound = new Functions();
            functions = null;
            if (!TryGet(library, "EVP_CIPHER_fetch", out nint fetch)
                || !TryGet(library, "EVP_CIPHER_free", out nint freeCipher)
                || !TryGet(library, "EVP_CIPHER_CTX_new", out nint newContext)
                || !TryGet(library, "EVP_CIPHER_CTX_free", out nint freeContext)
                || !TryGet(library, "EVP_CipherInit_ex", out nint init)
                || !TryGet(library, "EVP_CipherUpdate", out nint update)
                || !TryGet(library, "EVP_CipherFinal_ex", out nint final)
                || !TryGet(library, "EVP_CIPHER_CTX_ctrl", out nint control)
                || !TryGet(library, "ERR_clear_error", out nint clear)
                || !TryGet(library, "OpenSSL_version", out nint version))
            {
                return false;
            }

            bound.Fetch = (delegate* unmanaged<nint, byte*, byte*, nint>)fetch;
            bound.FreeCipher = (delegate* unmanaged<nint, void>)freeCipher;
            bound.NewContext = (delegate* unmanaged<nint>)newContext;
            bound.FreeContext = (delegate* unmanaged<nint, void>)freeContext;
            bound.Init = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int, int>)init;
            bound.Update = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)update;
            bound.Final = (delegate* unmanaged<nint, byte*, int*, int>)final;
            bound.Control = (delegate* unmanaged<nint, int, int, byte*, int>)control;
            bound.ClearErrors = (delegate* unmanaged<void>)clear;
            bound._version = (delegate* unmanaged<int, nint>)version;
            functions = bound;
            return true;
        }

        public string Version() => Marshal.PtrToStringAnsi(_version(0)) ?? "of unknown version";

        private static bool TryGet(nint library, string name, out nint function) => NativeLibrary.TryGetExport(library, name, out function);
    }

    private sealed class Evp : Aead
    {
        private readonly Functions _functions;
        private nint _seal;
        private nint _open;

        public Evp(AeadAlgorithm algorithm, string provider, Functions functions, ReadOnlySpan<byte> key)
            : base(algorithm, provider)
        {
            _functions = functions;
            _seal = NewContext(key, encrypt: 1);
            _open = NewContext(key, encrypt: 0);
        }

        ~Evp() => Dispose(false);

        public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag)
        {
            RequireLengths(nonce, tag);
            ObjectDisposedException.ThrowIf(_seal == 0, this);
            int written;
            byte rest;
            fixed (byte* n = nonce, a = associated, d = data, t = tag)
            {
                bool done = _functions.Init(_seal, 0, 0, null, n, -1) == 1
                    && (associated.IsEmpty || _functions.Update(_seal, null, &written, a, associated.Length) == 1)
                    && (data.IsEmpty || _functions.Update(_seal, d, &written, d, data.Length) == 1)
                    && _functions.Final(_seal, &rest, &written) == 1
                    && _functions.Control(_seal, GetTag, TagLength, t) == 1;
                if (!done)
                {
                    _functions.ClearErrors();
                    throw new CryptographicException("OpenSSL refused to seal");
                }
            }
        }

        public override bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag)
        {
            RequireLengths(nonce, tag);
            ObjectDisposedException.ThrowIf(_open == 0, this);
            int written;
            byte rest;
            fixed (byte* n = nonce, a = associated, d = data, t = tag)
            {
                bool authentic = _functions.Init(_open, 0, 0, null, n, -1) == 1
                    && _functions.Control(_open, SetTag, TagLength, t) == 1
                    && (associated.IsEmpty || _functions.Update(_open, null, &written, a, associated.Length) == 1)
                    && (data.IsEmpty || _functions.Update(_open, d, &written, d, data.Length) == 1)
                    && _functions.Final(_open, &rest, &written) == 1;
                if (authentic)
                {
                    return true;
                }
            }

            _functions.ClearErrors();
            CryptographicOperations.ZeroMemory(data);
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            // EVP_CIPHER_CTX_free cleanses the key schedule.
            if (_seal != 0)
            {
                _functions.FreeContext(_seal);
                _seal = 0;
            }

            if (_open != 0)
            {
                _functions.FreeContext(_open);
                _open = 0;
            }
        }

        private nint NewContext(ReadOnlySpan<byte> key, int encrypt)
        {
            nint context = _functions.NewContext();
            fixed (byte* name = CipherName(Algorithm), k = key)
            {
                nint cipher = _functions.Fetch(0, name, null);
                bool ready = cipher != 0 && _functions.Init(context, cipher, 0, k, null, encrypt) == 1;
                if (cipher != 0)
                {
                    // The context holds a reference of its own.
                    _functions.FreeCipher(cipher);
                }

                if (!ready)
                {
                    _functions.ClearErrors();
                    _functions.FreeContext(context);
                    throw new NotSupportedException($"OpenSSL does not provide {Algorithm}");
                }
            }

            return context;
        }
    }
}
