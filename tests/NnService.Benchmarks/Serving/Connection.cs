using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>One connection that sends a request and waits for its answer, on the thread that asks: a client that costs next to nothing.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[1 << 18];

    /// <summary>Connects to a port of this machine. Errors: <see cref="SocketException"/>.</summary>
    public Connection(int port)
    {
        try
        {
            _socket.Connect(IPAddress.Loopback, port);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>What stands before a body.</summary>
    public static byte[] Head(string path, string type, int length) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nAccept: {type}\r\nContent-Length: {length}\r\n\r\n");

    /// <summary>Whether a GET is answered with 200; false also where nobody takes connections yet.</summary>
    public static bool IsOk(int port, string path)
    {
        try
        {
            using var connection = new Connection(port);
            connection.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            var have = 0;
            while (have < 12 && connection._socket.Receive(connection._buffer.AsSpan(have)) is > 0 and var more)
                have += more;
            return connection._buffer.AsSpan(0, have).StartsWith("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends all of the bytes.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Takes the answer, which must be a 200 with a length. Errors: <see cref="InvalidOperationException"/>.</summary>
    /// <returns>Line feeds in the body.</returns>
    public long Receive()
    {
        var (have, head) = (0, -1);
        while (head < 0)
        {
            have += More(have);
            head = _buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
        }

        var left = LengthOf(_buffer.AsSpan(0, head + 2)) - (have - head - 4);
        long lines = _buffer.AsSpan(head + 4, have - head - 4).Count((byte)'\n');
        while (left > 0)
        {
            have = More(0);
            left -= have;
            lines += _buffer.AsSpan(0, have).Count((byte)'\n');
        }

        return lines;
    }

    public void Dispose() => _socket.Dispose();

    private int More(int have) => _socket.Receive(_buffer.AsSpan(have)) is > 0 and var more ? more : throw new InvalidOperationException("The server hung up.");

    private static long LengthOf(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        if (!head.StartsWith("HTTP/1.1 200"u8) || at < 0)
            throw new InvalidOperationException(Encoding.ASCII.GetString(head));
        var number = head[(at + 16)..];
        return long.Parse(number[..number.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
