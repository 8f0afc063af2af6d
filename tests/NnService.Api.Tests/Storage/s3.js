// An S3 server for the tests: s3rver on loopback. node s3.js FOLDER PORT; says where it listens.
const S3rver = require('s3rver');
const [folder, port] = process.argv.slice(2);
new S3rver({ address: '127.0.0.1', port: Number(port), directory: folder, silent: true, configureBuckets: [{ name: 'nn', configs: [] }] })
  .run()
  .then(address => console.log(`listening on ${address.port}`));
