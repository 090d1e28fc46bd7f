using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Weft.Encap;

/// <summary>
/// Intel's multi-buffer library for IPsec (libIPSec_MB, version 1), called directly: one call seals a packet, without a job queue.
/// </summary>
/// <remarks>
/// The direct functions are exported once for every instruction set; the name's suffix is chosen here by what the processor has.
/// Versions of the library that do not export them are treated as absent.
/// </remarks>
internal sealed unsafe class IpsecMbProvider : AeadProvider
{
    private const string Library = "libIPSec_MB.so.1";

    // Bits of CPUID leaf 7, ECX (Intel SDM volume 2A, table 3-8): the runtime has no class that tells of them.
    private const int VaesBit = 1 << 9;
    private const int VpclmulqdqBit = 1 << 10;

    private readonly nint _library;
    private readonly Functions _aes128;
    private readonly Functions _aes256;

    public IpsecMbProvider()
    {
        string? suffix = Suffix();
        if (suffix is null)
        {
            Description = "the processor lacks AES or carry-less multiplication";
            return;
        }

        if (!NativeLibrary.TryLoad(Library, out _library))
        {
            Description = $"{Library} is not installed";
            return;
        }

        if (!TryBind("128", suffix, out _aes128) || !TryBind("256", suffix, out _aes256))
        {
            _library = 0;
            Description = $"{Library} does not export its direct AES-GCM functions for {suffix}";
            return;
        }

        Description = $"{Library} {Version()}, {suffix}";
    }

    public override string Name => "ipsec-mb";

    public override string Description { get; }

    public override bool Supports(AeadAlgorithm algorithm) => _library != 0 && algorithm is (AeadAlgorithm.Aes128Gcm or AeadAlgorithm.Aes256Gcm);

    private protected override Aead CreateCore(AeadAlgorithm algorithm, ReadOnlySpan<byte> key) =>
        new Gcm(algorithm, Name, algorithm == AeadAlgorithm.Aes128Gcm ? _aes128 : _aes256, key);

    private static string? Suffix()
    {
        if (!System.Runtime.Intrinsics.X86.Aes.IsSupported || !Pclmulqdq.IsSupported || !Environment.Is64BitProcess)
        {
            return null;
        }

        bool wide = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;
        int features = X86Base.CpuId(7, 0).Ecx;
        return wide && (features & VaesBit) != 0 && (features & VpclmulqdqBit) != 0 ? "vaes_avx512"
            : wide ? "avx512"
            : Avx2.IsSupported ? "avx_gen4"
            : Avx.IsSupported ? "avx_gen2"
            : "sse";
    }

    private string Version() =>
        NativeLibrary.TryGetExport(_library, "imb_get_version_str", out nint function)
            ? Marshal.PtrToStringAnsi(((delegate* unmanaged<nint>)function)()) ?? "of unknown version"
            : "of unknown version";

    private bool TryBind(string bits, string suffix, out Functions functions)
    {
        functions = default;
        if (!NativeLibrary.TryGetExport(_library, $"aes_gcm_pre_{bits}_{suffix}", out nint expand)
            || !NativeLibrary.TryGetExport(_library, $"aes_gcm_enc_{bits}_{suffix}", out nint seal)
            || !NativeLibrary.TryGetExport(_library, $"aes_gcm_dec_{bits}_{suffix}", out nint open))
        {
            return false;
        }

        functions = new Functions(expand, seal, open);
        return true;
    }

    private readonly struct Functions(nint expand, nint seal, nint open)
    {
        public readonly delegate* unmanaged<byte*, byte*, void> Expand = (delegate* unmanaged<byte*, byte*, void>)expand;

        // A call lasts well under a microsecond for a packet and never blocks, so the transition that lets a collection start is left out.
        public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void> Seal =
            (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void>)seal;

        public readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void> Open =
            (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, byte*, byte*, ulong, byte*, byte*, ulong, byte*, ulong, void>)open;
    }

    private sealed class Gcm : Aead
    {
        // struct gcm_key_data is 1,008 bytes and struct gcm_context_data 88 in version 1; both get room to spare and whole cache lines.
        private const int KeyBytes = 2048;
        private const int ContextBytes = 256;

        // Where the library writes the tag that is compared.
        private const int TagOffset = KeyBytes + ContextBytes;
        private const int StateBytes = TagOffset + Alignment;
        private const int Alignment = 64;

        private readonly Functions _functions;
        private byte* _state;

        public Gcm(AeadAlgorithm algorithm, string provider, Functions functions, ReadOnlySpan<byte> key)
            : base(algorithm, provider)
        {
            _functions = functions;
            _state = (byte*)NativeMemory.AlignedAlloc(StateBytes, Alignment);
            NativeMemory.Clear(_state, StateBytes);
            fixed (byte* bytes = key)
            {
                functions.Expand(bytes, _state);
            }
        }

        ~Gcm() => Dispose(false);

        public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag)
        {
            RequireLengths(nonce, tag);
            ObjectDisposedException.ThrowIf(_state == null, this);
            fixed (byte* n = nonce, a = associated, d = data, t = tag)
            {
                _functions.Seal(_state, _state + KeyBytes, d, d, (ulong)data.Length, n, a, (ulong)associated.Length, t, TagLength);
            }
        }

        public override bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag)
        {
            RequireLengths(nonce, tag);
            ObjectDisposedException.ThrowIf(_state == null, this);
            fixed (byte* n = nonce, a = associated, d = data)
            {
                _functions.Open(_state, _state + KeyBytes, d, d, (ulong)data.Length, n, a, (ulong)associated.Length, _state + TagOffset, TagLength);
            }

            if (IsSameTag(new ReadOnlySpan<byte>(_state + TagOffset, TagLength), tag))
            {
                return true;
            }

            CryptographicOperations.ZeroMemory(data);
            return false;
        }

        /// <summary>
        /// Compares tags in constant time: both halves always, without a branch between. CryptographicOperations.FixedTimeEquals
        /// does so byte by byte and unoptimized, for any length, at the price of a third of opening a small packet.
        /// </summary>
        private static bool IsSameTag(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
            ((MemoryMarshal.Read<ulong>(left) ^ MemoryMarshal.Read<ulong>(right))
                | (MemoryMarshal.Read<ulong>(left[8..]) ^ MemoryMarshal.Read<ulong>(right[8..]))) == 0;

        protected override void Dispose(bool disposing)
        {
            if (_state != null)
            {
                CryptographicOperations.ZeroMemory(new Span<byte>(_state, StateBytes));
                NativeMemory.AlignedFree(_state);
                _state = null;
            }
        }
    }
}
