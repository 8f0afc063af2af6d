using System.Runtime.InteropServices;

namespace NnService.Benchmarks.Serving;

/// <summary>A session of ONNX Runtime on one thread. Its functions are members of a structure, OrtApi of onnxruntime_c_api.h, which only ever grows at its end;
/// they are called by their places in it.</summary>
internal sealed unsafe class OrtSession
{
    private const uint ApiVersion = 11; // has all that is called here; later libraries serve it

    // Places in OrtApi.
    private const int GetErrorMessage = 2;
    private const int CreateEnv = 3;
    private const int CreateSession = 7;
    private const int RunSession = 9;
    private const int CreateSessionOptions = 10;
    private const int SetIntraOpNumThreads = 24;
    private const int SetInterOpNumThreads = 25;
    private const int CreateTensorWithDataAsOrtValue = 49;
    private const int CreateCpuMemoryInfo = 69;

    private const int Warning = 2;
    private const int DeviceAllocator = 0;
    private const int DefaultMemory = 0;
    private const int Float = 1;

    private readonly void** _api;
    private readonly void* _session;
    private readonly void* _memory;
    private readonly delegate* unmanaged[Cdecl]<void*, void*, byte**, void**, nuint, byte**, nuint, void**, void*> _run;

    /// <param name="library">libonnxruntime.</param>
    /// <param name="model">An ONNX file with one input <c>x</c> and one output <c>y</c>.</param>
    public OrtSession(string library, string model)
    {
        var entry = (delegate* unmanaged[Cdecl]<void**>)NativeLibrary.GetExport(NativeLibrary.Load(library), "OrtGetApiBase");
        _api = ((delegate* unmanaged[Cdecl]<uint, void**>)entry()[0])(ApiVersion);
        void* environment, options, session, memory;
        var name = Marshal.StringToCoTaskMemUTF8("serving");
        var path = Marshal.StringToCoTaskMemUTF8(model);
        Check(((delegate* unmanaged[Cdecl]<int, nint, void**, void*>)_api[CreateEnv])(Warning, name, &environment));
        Check(((delegate* unmanaged[Cdecl]<void**, void*>)_api[CreateSessionOptions])(&options));
        Check(((delegate* unmanaged[Cdecl]<void*, int, void*>)_api[SetIntraOpNumThreads])(options, 1));
        Check(((delegate* unmanaged[Cdecl]<void*, int, void*>)_api[SetInterOpNumThreads])(options, 1));
        Check(((delegate* unmanaged[Cdecl]<void*, nint, void*, void**, void*>)_api[CreateSession])(environment, path, options, &session));
        Check(((delegate* unmanaged[Cdecl]<int, int, void**, void*>)_api[CreateCpuMemoryInfo])(DeviceAllocator, DefaultMemory, &memory));
        _session = session;
        _memory = memory;
        _run = (delegate* unmanaged[Cdecl]<void*, void*, byte**, void**, nuint, byte**, nuint, void**, void*>)_api[RunSession];
    }

    /// <summary>A tensor [1, n] over numbers that stay where they are.</summary>
    public void* Tensor(float* numbers, int count)
    {
        var shape = stackalloc long[] { 1, count };
        void* tensor;
        Check(((delegate* unmanaged[Cdecl]<void*, void*, nuint, long*, nuint, int, void**, void*>)_api[CreateTensorWithDataAsOrtValue])(
            _memory, numbers, (nuint)(count * sizeof(float)), shape, 2, Float, &tensor));
        return tensor;
    }

    /// <summary>Computes one tensor from another.</summary>
    public void Run(void* input, void* output)
    {
        fixed (byte* x = "x\0"u8, y = "y\0"u8)
        {
            var from = x;
            var to = y;
            Check(_run(_session, null, &from, &input, 1, &to, 1, &output));
        }
    }

    private void Check(void* status)
    {
        if (status is not null)
            throw new InvalidOperationException(Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<void*, nint>)_api[GetErrorMessage])(status)));
    }
}
